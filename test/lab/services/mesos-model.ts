// What a simulated Mesos cluster consists of: agents, frameworks and tasks, as the leading master knows them.
import type { JsonObject } from './json.ts'

export type Task = {
  readonly id: string
  readonly name: string
  readonly frameworkId: string
  readonly agentId: string
  readonly state: 'TASK_RUNNING' | 'TASK_UNREACHABLE'
  readonly cpus: number
  readonly mem: number
  readonly role: string
  readonly containerId: string
  readonly startingAt: number
  readonly runningAt: number
  readonly executorPid: number
  readonly statusUuid: string
  /** The agent's address, for the task's network. */
  readonly address: string
}

export type AgentInfo = {
  readonly id: string
  readonly hostname: string
  readonly port: number
  readonly attributes: Readonly<Record<string, string>>
  readonly cpus: number
  readonly mem: number
  readonly disk: number
  readonly ports: { readonly begin: number; readonly end: number }
}

export type Agent = {
  readonly info: AgentInfo
  readonly version: string
  readonly connected: boolean
  /** Unix seconds. */
  readonly registeredTime: number
  readonly reregisteredTime: number | undefined
  readonly lastPong: number
}

export type Framework = {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly connected: boolean
  readonly hostname: string
  readonly webuiUrl: string
  readonly registeredTime: number
  readonly reregisteredTime: number | undefined
}

export type Unreachable = { readonly id: string; readonly since: number }

/** Everything a leading master answers from. Empty on every other master. */
export type Cluster = {
  readonly agents: ReadonlyMap<string, Agent>
  /** In the registry, but not back since this master leads. */
  readonly recovered: ReadonlyMap<string, AgentInfo>
  readonly unreachable: ReadonlyMap<string, Unreachable>
  readonly frameworks: ReadonlyMap<string, Framework>
  readonly tasks: ReadonlyMap<string, Task>
}

export const noCluster: Cluster = {
  agents: new Map(),
  recovered: new Map(),
  unreachable: new Map(),
  frameworks: new Map(),
  tasks: new Map(),
}

export type MasterIdentity = {
  readonly id: string
  readonly address: string
  readonly version: string
}

const masterCapabilities = ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2']
export const agentCapabilities = [
  ...['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESOURCE_PROVIDER'],
  ...['RESIZE_VOLUME', 'AGENT_OPERATION_FEEDBACK', 'AGENT_DRAINING', 'TASK_RESOURCE_LIMITS'],
]
export const capabilityNames: readonly string[] = masterCapabilities

/** MasterInfo as in ZooKeeper and in the registry. `ip` is the address in network byte order read as little endian. */
export function masterInfo({ id, address, version }: MasterIdentity): JsonObject {
  const ip = Buffer.from(address.split('.').map(Number)).readUInt32LE()
  return {
    address: { hostname: address, ip: address, port: 5050 },
    capabilities: masterCapabilities.map(type => ({ type })),
    hostname: address,
    id,
    ip,
    pid: `master@${address}:5050`,
    port: 5050,
    version,
  }
}
