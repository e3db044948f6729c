// What a simulated service knows of its node: one JSON file, written when the node is made.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type NodeName = { readonly name: string; readonly address: string }

/** Time-outs of the simulated services, in milliseconds. */
export type Timing = {
  readonly zookeeperTick: number
  readonly mesosSession: number
  readonly registryFetch: number
  readonly registryStore: number
  readonly agentPing: number
  readonly agentPingTimeouts: number
  readonly agentReregister: number
  readonly exhibitorPoll: number
  readonly marathonSession: number
}

/** Short enough for tests; those of DC/OS stand in README.md. Which one is longer than which is kept. */
export const labTiming: Timing = {
  zookeeperTick: 500,
  mesosSession: 4_000,
  registryFetch: 15_000,
  registryStore: 10_000,
  agentPing: 1_500,
  agentPingTimeouts: 20,
  agentReregister: 60_000,
  exhibitorPoll: 1_000,
  marathonSession: 4_000,
}

export type NodeConfig = {
  readonly name: string
  readonly role: 'master' | 'agent'
  readonly address: string
  readonly masters: readonly NodeName[]
  readonly agents: readonly NodeName[]
  readonly clusterId: string
  readonly bootstrapUrl: string
  /** Folder that stands for `/`; '/' on a real node. */
  readonly root: string
  readonly timing: Timing
}

/** Reads the file named by LAB_NODE, else /etc/lab/node.json. Throws when it is missing or not JSON. */
export function readNodeConfig(): NodeConfig {
  const config: NodeConfig = JSON.parse(readFileSync(process.env.LAB_NODE ?? '/etc/lab/node.json', 'utf8'))
  return config
}

/** An absolute path of the node, below its root. */
export const nodePath = (config: NodeConfig, path: string): string => join(config.root, path)

/** The installed DC/OS version, from the active package set, so that a restarted service shows what was activated. */
export function installedVersion(config: NodeConfig): string {
  const file: { version: string } = JSON.parse(
    readFileSync(nodePath(config, '/opt/mesosphere/etc/dcos-version.json'), 'utf8'),
  )
  return file.version
}

/** Versions that ship together: dcos/dcos branches 1.10 to 2.2, packages/{mesos,marathon}/buildinfo.json. */
const shipped: Readonly<Record<string, { mesos: string; marathon: string }>> = {
  '1.10': { mesos: '1.4.4', marathon: '1.5.16' },
  '1.11': { mesos: '1.5.4', marathon: '1.6.599' },
  '1.12': { mesos: '1.7.3', marathon: '1.7.216' },
  '1.13': { mesos: '1.8.2', marathon: '1.8.244' },
  '2.0': { mesos: '1.9.1', marathon: '1.9.139' },
  '2.1': { mesos: '1.10.1', marathon: '1.10.26' },
  '2.2': { mesos: '1.11.0', marathon: '1.11.24' },
}

/** Mesos and Marathon of a DC/OS version; throws for a minor version the lab does not know. */
export function componentsOf(dcosVersion: string): { mesos: string; marathon: string } {
  const found = shipped[dcosVersion.split('.').slice(0, 2).join('.')]
  if (found === undefined)
    throw new Error(`The lab does not know DC/OS ${dcosVersion}; it knows ${Object.keys(shipped).join(', ')}`)
  return found
}
