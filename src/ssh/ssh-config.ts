// What ~/.ssh/config says about a host: the directives we honour, and by name those we refuse. Pure but for the reader it is given.
import SSHConfig, { glob, type Line, LineType } from 'ssh-config'

export interface HostSettings {
  readonly hostName?: string
  readonly user?: string
  readonly port?: number
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** Hosts to go through, nearest first; undefined where nothing is said, empty for `none`. */
  readonly proxyJump?: readonly string[]
  readonly userKnownHostsFiles?: readonly string[]
}

export interface ConfigFiles {
  /** The texts of the files that an Include names, each with its path. */
  include(pattern: string): readonly { readonly path: string; readonly text: string }[]
}

/** Directives that would change whom or how we reach, and what to do instead. */
const refused: Readonly<Record<string, string>> = {
  proxycommand: 'use ProxyJump, or `jump:` in the cluster file',
  certificatefile: 'certificates are not supported: use a plain key or an agent that holds one',
  canonicalizehostname: 'write full host names into the cluster file',
  hostkeyalias: 'put the key into known_hosts under the name that is dialled',
  knownhostscommand: 'put the keys into a known_hosts file',
}

/** ssh's own limit (readconf.c, READCONF_MAX_DEPTH). */
const deepestInclude = 16

/** A directive that we do not honour stands where it would count. */
export class RefusedDirective extends Error {
  readonly directive: string
  readonly instead: string
  constructor(directive: string, instead: string, host: string) {
    super(`~/.ssh/config sets ${directive} for ${host}, which dcosctl does not do`)
    this.name = 'RefusedDirective'
    this.directive = directive
    this.instead = instead
  }
}

/**
 * The settings for one host, the first value found counting, as in ssh_config(5).
 * @throws RefusedDirective for ProxyCommand, Match exec, certificates and the like where they apply to this host.
 */
export function settingsFor(text: string, host: string, user: string, files: ConfigFiles): HostSettings {
  const found = new Map<string, string[][]>()
  const first = (name: string): readonly string[] | undefined => found.get(name)?.[0]

  const applies = (line: Line, active: boolean): boolean => {
    if (!active || !('param' in line)) return false
    if (/^host$/i.test(line.param)) return glob(valuesOf(line), host)
    if (!('criteria' in line)) return false
    return Object.entries(line.criteria).every(([criterion, wanted]) => {
      const patterns = typeof wanted === 'string' ? wanted : wanted.map(({ val }) => val).join(',')
      switch (criterion.toLowerCase()) {
        case 'all':
          return true
        case 'host':
          return glob(patterns, first('hostname')?.[0] ?? host)
        case 'originalhost':
          return glob(patterns, host)
        case 'user':
          return glob(patterns, first('user')?.[0] ?? user)
        default:
          throw new RefusedDirective(`Match ${criterion}`, 'use Host, or Match host', host)
      }
    })
  }

  const walk = (lines: readonly Line[], active: boolean, depth: number): void => {
    if (depth > deepestInclude)
      throw new Error(`~/.ssh/config includes itself, or nests deeper than ${deepestInclude} files`)
    for (const line of lines) {
      if (line.type !== LineType.DIRECTIVE) continue
      if ('config' in line) {
        walk(line.config, applies(line, active), depth)
      } else if (/^include$/i.test(line.param)) {
        const included = active ? valuesOf(line).flatMap(pattern => files.include(pattern)) : []
        for (const file of included) walk(SSHConfig.parse(file.text), active, depth + 1)
      } else if (active) {
        const name = line.param.toLowerCase()
        found.set(name, [...(found.get(name) ?? []), valuesOf(line)])
      }
    }
  }
  walk(SSHConfig.parse(text), true, 0)

  for (const [directive, instead] of Object.entries(refused)) {
    const value = first(directive)?.join(' ').toLowerCase()
    if (value !== undefined && value !== 'none' && value !== 'no') throw new RefusedDirective(directive, instead, host)
  }
  return {
    ...optional('hostName', first('hostname')?.[0]?.replaceAll('%h', host)),
    ...optional('user', first('user')?.[0]),
    ...optional('port', portOf(first('port')?.[0])),
    identityFiles: (found.get('identityfile') ?? []).flat(),
    identitiesOnly: first('identitiesonly')?.[0]?.toLowerCase() === 'yes',
    ...optional('proxyJump', jumpsOf(first('proxyjump')?.join(''))),
    ...optional('userKnownHostsFiles', first('userknownhostsfile')),
  }
}

/** `user@host:port`, `host`, `[v6]:port` or `ssh://user@host:port`. */
export function parseJump(jump: string): { readonly host: string; readonly user?: string; readonly port?: number } {
  const parts = /^(?:ssh:\/\/)?(?:(?<user>[^@]+)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?\/?$/.exec(
    jump,
  )?.groups
  const host = parts?.v6 ?? parts?.host
  if (!host) throw new Error(`'${jump}' is no jump host: it should read user@host:port`)
  return { host, ...optional('user', parts?.user), ...optional('port', portOf(parts?.port)) }
}

function jumpsOf(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined
  return value.toLowerCase() === 'none' ? [] : value.split(',').filter(jump => jump !== '')
}

function portOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const port = Number(value)
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`'${value}' is no port`)
  return port
}

function valuesOf(line: Extract<Line, { param: string }>): string[] {
  return typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val)
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const part: { [P in K]?: V } = {}
  if (value !== undefined) part[key] = value
  return part
}
