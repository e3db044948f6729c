// Opens Hosts to servers of these tests, with known_hosts written for them and quick deadlines.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secret } from '../../src/secret.ts'
import type { Pulse } from '../../src/ssh/dial.ts'
import type { Host, Hosts } from '../../src/ssh/host.ts'
import { openHosts } from '../../src/ssh/hosts.ts'
import { knownHostsName } from '../../src/ssh/known-hosts.ts'
import type { NodeToReach } from '../../src/ssh/targets.ts'
import type { KeyPair } from './keys.ts'

const quickPulse: Pulse = { connectWithin: 5_000, keepaliveEvery: 5_000, keepaliveMisses: 2 }

export interface Reach {
  readonly folder: string
  readonly nodes: readonly (Partial<NodeToReach> & {
    readonly name: string
    readonly port: number
    readonly key: KeyPair
  })[]
  readonly user: string
  readonly identities: readonly string[]
  readonly agent?: string
  readonly pulse?: Partial<Pulse>
  readonly sudoPassword?: Secret
  readonly config?: string
  readonly idleAfter?: number
  readonly afterLogin?: (host: Host) => Promise<void>
}

export async function reach(how: Reach): Promise<Hosts> {
  const { folder, sudoPassword } = how
  const knownHosts = join(folder, 'known_hosts')
  const lines = how.nodes.map(({ port, key }) => `${knownHostsName('127.0.0.1', port)} ${key.public}\n`)
  await writeFile(knownHosts, lines.join(''))
  const config = join(folder, 'config')
  await writeFile(config, how.config ?? '')
  return openHosts({
    nodes: how.nodes.map(({ key: _key, ...node }) => ({ host: '127.0.0.1', address: '127.0.0.1', ...node })),
    ssh: { user: how.user, identities: how.identities, knownHosts: [knownHosts], config, agent: how.agent },
    pulse: { ...quickPulse, ...how.pulse },
    ...(how.idleAfter === undefined ? {} : { idleAfter: how.idleAfter }),
    ...(sudoPassword ? { sudoPassword: async () => sudoPassword } : {}),
    afterLogin: how.afterLogin ?? (async () => {}),
  })
}
