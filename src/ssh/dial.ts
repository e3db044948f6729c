// Dials one SSH server: TCP or a tunnel, strict host key, login. Gives a Line or an error that says what to type.
import type { Duplex } from 'node:stream'
import ssh2, { type Algorithms, type AnyAuthMethod, type ServerHostKeyAlgorithm } from 'ssh2'
import { HostKeyChanged, HostKeyUnknown, LoginRefused, type NodeError, Unreachable } from './errors.ts'
import { ChosenKeysAgent, type Identity } from './identities.ts'
import { fingerprint, judgeKey, type KnownKey, keyType, knownHostsName } from './known-hosts.ts'
import { Line } from './line.ts'

/** Everything needed to reach one server, settled from the cluster file and ~/.ssh/config. */
export interface Target {
  /** The inventory's name, or the host where it is a jump host. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly identities: readonly Identity[]
  /** Whether the agent may offer only keys that `identities` name. */
  readonly identitiesOnly: boolean
  /** Path of the agent's socket, if one is to be used. */
  readonly agent?: string
  /** The lines of known_hosts about this server. */
  readonly known: readonly KnownKey[]
  /** Where an unknown key would be added, for messages. */
  readonly knownHostsFile: string
}

export interface Pulse {
  /** Milliseconds for TCP, handshake and login together. */
  readonly connectWithin: number
  /** Milliseconds between two signs of life asked for. */
  readonly keepaliveEvery: number
  /** How many may stay unanswered; the line drops after (this + 1) × keepaliveEvery of silence. */
  readonly keepaliveMisses: number
}

/** AES-GCM first: with the CPU's help it is about twice as fast as CTR with a MAC; EL7's OpenSSH 7.4 has it. */
export const ciphers: NonNullable<Algorithms['cipher']> = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
  'chacha20-poly1305@openssh.com',
]

/** Signature algorithms for each type of host key, strongest first (RFC 8332 for RSA). */
const algorithmsOf: Readonly<Record<string, ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}
export const hostKeyTypes: readonly string[] = Object.keys(algorithmsOf)

export function hostKeyAlgorithms(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return hostKeyTypes.filter(type => types.includes(type)).flatMap(type => algorithmsOf[type] ?? [])
}

/**
 * Dials and logs in. `tunnel` is a connection that a jump host made.
 * @throws Unreachable, HostKeyUnknown, HostKeyChanged, LoginRefused
 */
export function dial(target: Target, pulse: Pulse, tunnel?: Duplex): Promise<Line> {
  const client = new ssh2.Client()
  const { promise, resolve, reject } = Promise.withResolvers<Line>()
  const tried: string[] = []
  let refusal: NodeError | undefined
  let settled = false
  const fail = (error: NodeError) => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    client.destroy()
    tunnel?.destroy()
    reject(error)
  }
  const unreachable = (why: string, cause?: unknown) =>
    fail(
      refusal ??
        new Unreachable(target.name, {
          what: `${where(target)} cannot be reached by SSH: ${why}`,
          state: notAsked,
          next: [`see what \`${sshLine(target)}\` does`],
          cause,
        }),
    )
  const timer = setTimeout(() => unreachable(`no login within ${pulse.connectWithin / 1000} s`), pulse.connectWithin)

  client.on('ready', () => {
    if (settled) return client.destroy()
    settled = true
    clearTimeout(timer)
    client.setNoDelay(true)
    resolve(new Line(target.name, target.user, client))
  })
  client.on('error', error => {
    if (error.level === 'agent') tried.push(`the agent failed (${error.message})`)
    else if (error.level === 'client-authentication') fail(loginRefused(target, tried))
    else if (/no matching host key/i.test(error.message) && target.known.length) fail(noSuchKeyType(target))
    else unreachable(error.message, error)
  })
  client.on('close', () => unreachable('the server closed the connection before the login'))

  const plain = target.known.filter(({ marker }) => marker === 'none').map(({ type }) => type)
  const algorithms = hostKeyAlgorithms(plain)
  const methods = loginMethods(target, tried)
  try {
    client.connect({
      ...(tunnel ? { sock: tunnel } : { host: target.host, port: target.port }),
      username: target.user,
      readyTimeout: 0, // the timer above covers it, and TCP too
      keepaliveInterval: pulse.keepaliveEvery,
      keepaliveCountMax: pulse.keepaliveMisses,
      algorithms: { cipher: ciphers, ...(algorithms.length ? { serverHostKey: algorithms } : {}) },
      hostVerifier: (key: Buffer) => {
        refusal = keyRefusal(target, key)
        return refusal === undefined
      },
      authHandler: (_left, _partial, next) => {
        const method = methods.next()
        if (method.done) fail(loginRefused(target, tried))
        else next(method.value)
      },
    })
  } catch (error) {
    unreachable(error instanceof Error ? error.message : String(error), error)
  }
  return promise
}

/** Key files first, then the agent: an agent full of other keys uses up sshd's MaxAuthTries (6). */
function* loginMethods(target: Target, tried: string[]): Generator<AnyAuthMethod> {
  const username = target.user
  for (const { file, key, unusable } of target.identities) {
    if (!key) {
      if (unusable) tried.push(unusable)
      continue
    }
    tried.push(`${file} was not accepted`)
    yield { type: 'publickey', username, key }
  }
  if (target.agent === undefined) return
  const listed = target.identities.flatMap(({ publicKey }) => publicKey ?? [])
  tried.push(
    target.identitiesOnly
      ? 'the agent held none of the configured keys that it takes'
      : 'no key of the agent was accepted',
  )
  const agent = target.identitiesOnly ? new ChosenKeysAgent(target.agent, new Set(listed)) : target.agent
  yield { type: 'agent', username, agent }
}

const notAsked = 'Nothing was asked of it.'

const sshLine = ({ host, port, user }: Target): string => `ssh -p ${port} ${user}@${host} true`

function where({ name, host, port }: Target): string {
  return name === host ? `${host}:${port}` : `${name} (${host}:${port})`
}

function loginRefused(target: Target, tried: readonly string[]): LoginRefused {
  return new LoginRefused(target.name, {
    what: `${where(target)} takes none of our keys for ${target.user}: ${tried.join('; ') || 'there was no key to offer'}`,
    state: notAsked,
    next: [`see what \`${sshLine(target)}\` does, and set \`ssh.user\` and \`ssh.identities\``],
  })
}

function keyRefusal(target: Target, key: Buffer): NodeError | undefined {
  const shown = `${keyType(key.toString('base64'))} ${fingerprint(key)}`
  const verdict = judgeKey(target.known, key)
  const name = knownHostsName(target.host, target.port)
  switch (verdict.is) {
    case 'known':
      return undefined
    case 'unknown': {
      const authority = target.known.find(({ marker }) => marker === 'cert-authority')
      if (authority)
        return new HostKeyUnknown(target.name, {
          what: `${authority.where} trusts ${where(target)} by @cert-authority, which dcosctl does not do`,
          next: [`compare ${shown} with the host's own, then add it as a plain key: \`dcosctl init\` does it`],
        })
      return new HostKeyUnknown(target.name, {
        what: `no key of ${where(target)} is in ${target.knownHostsFile}; it shows ${shown}`,
        state: notAsked,
        next: [
          "compare that with the host's own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there)",
          'then `dcosctl init` adds it after a yes',
        ],
      })
    }
    case 'changed':
      return changed(
        target,
        `it shows ${shown}, known ${verdict.expected.length === 1 ? 'is' : 'are'} ${listKeys(verdict.expected)}`,
      )
    case 'revoked':
      return new HostKeyChanged(target.name, {
        what: `${where(target)} shows ${shown}, which ${verdict.by.where} revokes`,
        state: 'Nothing was asked of it.',
        next: [`find out who answers at ${name} before anything else`],
      })
  }
}

function noSuchKeyType(target: Target): HostKeyChanged {
  return changed(target, `it has no key of a type we know: ${listKeys(target.known)}`)
}

function changed(target: Target, how: string): HostKeyChanged {
  const name = knownHostsName(target.host, target.port)
  const file = target.known[0]?.where.replace(/:\d+$/, '') ?? target.knownHostsFile
  return new HostKeyChanged(target.name, {
    what: `the host key of ${where(target)} changed: ${how}`,
    state: 'This is another machine, a reinstalled one, or somebody in between. Nothing was asked of it.',
    next: [`if it was reinstalled: \`ssh-keygen -R '${name}' -f ${file}\`, then \`dcosctl init\` shows the new one`],
  })
}

function listKeys(keys: readonly KnownKey[]): string {
  return keys.map(({ type, key, where: at }) => `${type} ${fingerprint(Buffer.from(key, 'base64'))} (${at})`).join(', ')
}
