// Settles how each node is dialled: the cluster file first, then ~/.ssh/config, then what ssh does by itself.
import { userInfo } from 'node:os'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Target } from './dial.ts'
import { NotSupported } from './errors.ts'
import { expandTilde, type Identity, usualIdentityFiles } from './identities.ts'
import { keysFor } from './known-hosts.ts'
import { type HostSettings, parseJump, RefusedDirective, settingsFor } from './ssh-config.ts'
import type { SshFiles } from './ssh-files.ts'

export interface NodeToReach {
  /** The inventory's name. */
  readonly name: string
  /** What is dialled: a name, an address, or a Host of ~/.ssh/config. */
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** What detect_ip prints on it. */
  readonly address: string
  /** Jump hosts in ssh's notation, nearest first, separated by commas; `none` overrules ~/.ssh/config. */
  readonly jump?: string | undefined
}

export interface SshSettings {
  readonly user?: string | undefined
  readonly identities: readonly string[]
  /** Files besides those of ~/.ssh/config and the usual ones; the first is where `init` adds. */
  readonly knownHosts: readonly string[]
  /** ssh_config file; one that does not exist is an empty one. */
  readonly config: string
  /** Path of the SSH agent's socket ($SSH_AUTH_SOCK), where an agent may be used. */
  readonly agent?: string | undefined
}

/** The way to a node: jump hosts from the nearest on, the node itself last. */
export type Way = readonly Target[]

/** @throws NotSupported for what ~/.ssh/config asks and dcosctl does not do, NotSupported for files that cannot be read */
export async function wayTo(node: NodeToReach, ssh: SshSettings, files: SshFiles): Promise<Way> {
  try {
    const config = await files.text(expandTilde(ssh.config))
    const settings = read(config, ssh, files, node.host, node.user ?? ssh.user)
    const jumps = jumpsOf(node.jump) ?? settings.proxyJump ?? []
    const way: Target[] = []
    for (const jump of jumps) {
      const { host, user, port } = parseJump(jump)
      const through = read(config, ssh, files, host, user)
      if (through.proxyJump?.length && way.length === 0)
        throw new NotSupported(node.name, {
          what: `the jump host ${host} of ${node.name} has a ProxyJump of its own`,
          next: [`write the whole way: \`jump: ${through.proxyJump.join(',')},${jumps.join(',')}\``],
        })
      way.push(await target(host, host, { user: user ?? through.user, port }, through, ssh, files))
    }
    return [
      ...way,
      await target(node.name, node.host, { user: node.user ?? ssh.user, port: node.port }, settings, ssh, files),
    ]
  } catch (error) {
    if (error instanceof RefusedDirective)
      throw new NotSupported(node.name, { what: error.message, next: [error.instead] })
    if (error instanceof NotSupported) throw error
    const what = `the way to ${node.name} cannot be settled: ${error instanceof Error ? error.message : String(error)}`
    throw new NotSupported(node.name, { what, cause: error })
  }
}

async function target(
  name: string,
  dialled: string,
  own: { readonly user?: string | undefined; readonly port?: number | undefined },
  settings: HostSettings,
  ssh: SshSettings,
  files: SshFiles,
): Promise<Target> {
  const host = settings.hostName ?? dialled
  const port = own.port ?? settings.port ?? 22
  const configured = [...ssh.identities, ...settings.identityFiles]
  const identities = await Promise.all((configured.length ? configured : usualIdentityFiles).map(files.identity))
  const missing = (identity: Identity) => identity.unusable?.includes('ENOENT') && identity.publicKey === undefined
  const knownHosts = [...ssh.knownHosts, ...(settings.userKnownHostsFiles ?? usualKnownHosts), ...globalKnownHosts]
  return {
    name,
    host,
    port,
    user: own.user ?? settings.user ?? userInfo().username,
    identities: configured.length ? identities : identities.filter(identity => !missing(identity)),
    identitiesOnly: settings.identitiesOnly,
    ...(ssh.agent ? { agent: ssh.agent } : {}),
    known: keysFor((await Promise.all(knownHosts.map(files.knownKeys))).flat(), host, port),
    knownHostsFile: knownHosts[0] ?? '~/.ssh/known_hosts',
  }
}

const usualKnownHosts: readonly string[] = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
const globalKnownHosts: readonly string[] = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

function read(config: string, ssh: SshSettings, files: SshFiles, host: string, user: string | undefined): HostSettings {
  const folder = dirname(expandTilde(ssh.config))
  return settingsFor(config, host, user ?? userInfo().username, {
    include: pattern => {
      const path = expandTilde(pattern)
      return files.matching(isAbsolute(path) ? path : resolve(folder, path))
    },
  })
}

function jumpsOf(jump: string | undefined): readonly string[] | undefined {
  if (jump === undefined) return undefined
  return jump === 'none' ? [] : jump.split(',').map(one => one.trim())
}
