// The answers of a Mesos master's plain endpoints as JSON. Field names and their order: recorded answers of Mesos 1.12.
import type { Json, JsonObject } from './json.ts'
import {
  type Agent,
  type AgentInfo,
  agentCapabilities,
  type Cluster,
  capabilityNames,
  type Framework,
  type MasterIdentity,
  type Task,
} from './mesos-model.ts'
import { allocatedList, anyRole, sum, summed, totalList, totalSummed } from './mesos-resources.ts'

export type MasterView = {
  readonly identity: MasterIdentity
  readonly clusterName: string
  readonly flags: JsonObject
  readonly startTime: number
  readonly electedTime: number | undefined
  readonly leader: JsonObject | undefined
  readonly cluster: Cluster
}

export const build = (version: string): JsonObject => ({
  build_date: '2020-10-20 00:00:00 UTC',
  build_time: 1603152000,
  build_user: 'simulated',
  git_sha: '0000000000000000000000000000000000000000',
  version,
})

const tasksOf = (cluster: Cluster, wanted: (task: Task) => boolean): readonly Task[] =>
  [...cluster.tasks.values()].filter(wanted)

export const tasksOn = (cluster: Cluster, agentId: string): readonly Task[] =>
  tasksOf(cluster, task => task.agentId === agentId && task.state === 'TASK_RUNNING')

const noOffers = summed({ cpus: 0, mem: 0 })

function agentCore(
  { info, version, connected, registeredTime, reregisteredTime }: Agent,
  tasks: readonly Task[],
): JsonObject {
  return {
    id: info.id,
    hostname: info.hostname,
    port: info.port,
    attributes: info.attributes,
    pid: `slave(1)@${info.hostname}:${info.port}`,
    registered_time: registeredTime,
    ...(reregisteredTime === undefined ? {} : { reregistered_time: reregisteredTime }),
    resources: totalSummed(info),
    used_resources: summed(sum(tasks)),
    offered_resources: noOffers,
    reserved_resources: {},
    unreserved_resources: totalSummed(info),
    active: connected,
    deactivated: false,
    version,
    capabilities: agentCapabilities,
  }
}

const recoveredAgent = ({ id, hostname, port, attributes }: AgentInfo): Json => ({ id, hostname, port, attributes })

export function slaves({ cluster }: MasterView): JsonObject {
  return {
    slaves: [...cluster.agents.values()].map(agent => {
      const tasks = tasksOn(cluster, agent.info.id)
      return {
        ...agentCore(agent, tasks),
        reserved_resources_full: {},
        unreserved_resources_full: totalList(agent.info, anyRole),
        used_resources_full: allocatedList(tasks),
        offered_resources_full: [],
      }
    }),
    recovered_slaves: [...cluster.recovered.values()].map(recoveredAgent),
  }
}

const taskStates = [
  ...['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_FINISHED', 'TASK_KILLED'],
  ...['TASK_FAILED', 'TASK_LOST', 'TASK_ERROR', 'TASK_UNREACHABLE'],
]

const counts = (tasks: readonly Task[]): JsonObject =>
  Object.fromEntries(taskStates.map(name => [name, tasks.filter(({ state }) => state === name).length]))

const distinct = (ids: readonly string[]): readonly string[] => [...new Set(ids)]

function frameworkCore(framework: Framework, tasks: readonly Task[]): JsonObject {
  const { id, name, connected, hostname, webuiUrl } = framework
  return {
    id,
    name,
    used_resources: summed(sum(tasks)),
    offered_resources: noOffers,
    capabilities: ['TASK_KILLING_STATE', 'PARTITION_AWARE'],
    hostname,
    webui_url: webuiUrl,
    active: connected,
    connected,
    recovered: false,
  }
}

export function stateSummary(view: MasterView): JsonObject {
  const { cluster, identity, clusterName } = view
  return {
    hostname: identity.address,
    cluster: clusterName,
    slaves: [...cluster.agents.values()].map(agent => {
      const tasks = tasksOn(cluster, agent.info.id)
      const frameworks = distinct(tasks.map(({ frameworkId }) => frameworkId))
      return { ...agentCore(agent, tasks), ...counts(tasks), framework_ids: frameworks }
    }),
    frameworks: [...cluster.frameworks.values()].map(framework => {
      const tasks = tasksOf(cluster, ({ frameworkId }) => frameworkId === framework.id)
      const running = tasks.filter(({ state }) => state === 'TASK_RUNNING')
      return {
        ...frameworkCore(framework, running),
        ...counts(tasks),
        slave_ids: distinct(running.map(({ agentId }) => agentId)),
      }
    }),
  }
}

export function taskView(task: Task): JsonObject {
  const status = (state: string, timestamp: number): Json => ({
    state,
    timestamp,
    container_status: {
      container_id: { value: task.containerId },
      network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: task.address }] }],
    },
  })
  return {
    id: task.id,
    name: task.name,
    framework_id: task.frameworkId,
    executor_id: '',
    slave_id: task.agentId,
    state: task.state,
    resources: summed(task),
    role: task.role,
    statuses: [status('TASK_STARTING', task.startingAt), status('TASK_RUNNING', task.runningAt)],
  }
}

function frameworkView(cluster: Cluster, framework: Framework): JsonObject {
  const tasks = tasksOf(cluster, ({ frameworkId }) => frameworkId === framework.id)
  const running = tasks.filter(({ state }) => state === 'TASK_RUNNING')
  return {
    ...frameworkCore(framework, running),
    user: 'root',
    failover_timeout: 604800,
    checkpoint: true,
    registered_time: framework.registeredTime,
    ...(framework.reregisteredTime === undefined ? {} : { reregistered_time: framework.reregisteredTime }),
    unregistered_time: 0,
    resources: summed(sum(running)),
    role: framework.role,
    tasks: running.map(taskView),
    unreachable_tasks: tasks.filter(({ state }) => state === 'TASK_UNREACHABLE').map(taskView),
    completed_tasks: [],
    offers: [],
    executors: [],
    offer_constraints: {},
  }
}

export function frameworks({ cluster }: MasterView): JsonObject {
  return {
    frameworks: [...cluster.frameworks.values()].map(framework => frameworkView(cluster, framework)),
    completed_frameworks: [],
    unregistered_frameworks: [],
  }
}

export function state(view: MasterView): JsonObject {
  const { identity, cluster, leader } = view
  const agents = [...cluster.agents.values()]
  return {
    version: identity.version,
    ...without(build(identity.version), 'version'),
    start_time: view.startTime,
    ...(view.electedTime === undefined ? {} : { elected_time: view.electedTime }),
    id: identity.id,
    pid: `master@${identity.address}:5050`,
    hostname: identity.address,
    capabilities: capabilityNames,
    activated_slaves: agents.filter(({ connected }) => connected).length,
    deactivated_slaves: agents.filter(({ connected }) => !connected).length,
    unreachable_slaves: cluster.unreachable.size,
    ...(leader === undefined ? {} : leaderFields(leader)),
    cluster: view.clusterName,
    flags: view.flags,
    slaves: agents.map(agent => agentCore(agent, tasksOn(cluster, agent.info.id))),
    recovered_slaves: [...cluster.recovered.values()].map(recoveredAgent),
    frameworks: [...cluster.frameworks.values()].map(framework => frameworkView(cluster, framework)),
    completed_frameworks: [],
    orphan_tasks: [],
    unregistered_frameworks: [],
  }
}

function leaderFields(leader: JsonObject): JsonObject {
  const { id = '', pid = '', port = 0, hostname = '' } = leader
  return { leader: pid, leader_info: { id, pid, port, hostname } }
}

function without(value: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
}

/** `GET /tasks`: newest first is not kept; the fields are. */
export const tasks = ({ cluster }: MasterView): JsonObject => ({ tasks: [...cluster.tasks.values()].map(taskView) })

/** Nobody has a quota or a weight here: a role is what its frameworks use. */
export function roles({ cluster }: MasterView): JsonObject {
  const byRole = Map.groupBy(cluster.frameworks.values(), ({ role }) => role)
  return {
    roles: [...byRole].map(([name, of]) => {
      const used = summed(sum(tasksOf(cluster, task => task.role === name && task.state === 'TASK_RUNNING')))
      return {
        ...{ name, weight: 1, quota: { role: name, guarantee: {}, limit: {}, consumed: used } },
        ...{ resources: used, allocated: used, offered: {}, reserved: {}, frameworks: of.map(({ id }) => id) },
      }
    }),
  }
}
