// Asks a server for its host keys without logging in, so that `init` can show their fingerprints before anything trusts them.
import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import { ciphers, hostKeyAlgorithms, hostKeyTypes } from './dial.ts'
import { Unreachable } from './errors.ts'
import { fingerprint, knownHostsLine } from './known-hosts.ts'

export interface HostKey {
  readonly type: string
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly fingerprint: string
  /** What to write into known_hosts after a person said yes. */
  readonly line: string
}

/**
 * The host's keys, one of each type it has. `within` is in milliseconds, per type.
 * `tunnel` makes a connection through a jump host. @throws Unreachable where nobody speaks SSH there
 */
export async function scanHostKey(options: {
  readonly host: string
  readonly port: number
  readonly within: number
  readonly tunnel?: () => Promise<Duplex>
}): Promise<readonly HostKey[]> {
  const keys: HostKey[] = []
  let trouble: unknown
  for (const type of hostKeyTypes) {
    try {
      const key = await keyOfType(type, options, await options.tunnel?.())
      keys.push({ type, fingerprint: fingerprint(key), line: knownHostsLine(options.host, options.port, key) })
    } catch (error) {
      trouble = error
      if (!(error instanceof Error && /no matching host key/i.test(error.message))) break
    }
  }
  if (keys.length) return keys
  const what = `${options.host}:${options.port} showed no host key`
  throw new Unreachable(options.host, {
    what,
    cause: trouble,
    next: ['see that sshd runs there and that this host may reach it'],
  })
}

function keyOfType(
  type: string,
  { host, port, within }: { host: string; port: number; within: number },
  tunnel: Duplex | undefined,
): Promise<Buffer> {
  const client = new ssh2.Client()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${within / 1000} s`)), within)
  client.on('error', reject)
  client.on('close', () => reject(new Error('the server closed the connection')))
  client.connect({
    ...(tunnel ? { sock: tunnel } : { host, port }),
    username: 'nobody', // never sent: we leave at the key
    readyTimeout: 0,
    algorithms: { cipher: ciphers, serverHostKey: hostKeyAlgorithms([type]) },
    hostVerifier: (key: Buffer) => {
      resolve(key)
      return false
    },
  })
  return promise.finally(() => {
    clearTimeout(timer)
    client.destroy()
    tunnel?.destroy()
  })
}
