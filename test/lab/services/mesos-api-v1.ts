// The answers of a Mesos master's operator API (POST /api/v1) as JSON. Field names: recorded answers of Mesos 1.12.
import type { Json, JsonObject } from './json.ts'
import { type Agent, type AgentInfo, agentCapabilities, type Framework, masterInfo, type Task } from './mesos-model.ts'
import { allocatedList, anyRole, taskList, totalList } from './mesos-resources.ts'
import { build, type MasterView, tasksOn } from './mesos-views.ts'

const nanoseconds = (seconds: number): JsonObject => ({ nanoseconds: Math.round(seconds * 1e9) })

const agentInfo = (info: AgentInfo): JsonObject => ({
  hostname: info.hostname,
  port: info.port,
  resources: totalList(info, {}),
  attributes: Object.entries(info.attributes).map(([name, value]) => ({ name, type: 'TEXT', text: { value } })),
  id: { value: info.id },
  checkpoint: true,
})

function agent({ info, version, connected, registeredTime, reregisteredTime }: Agent, tasks: readonly Task[]): Json {
  return {
    agent_info: agentInfo(info),
    active: connected,
    deactivated: false,
    version,
    pid: `slave(1)@${info.hostname}:${info.port}`,
    registered_time: nanoseconds(registeredTime),
    ...(reregisteredTime === undefined ? {} : { reregistered_time: nanoseconds(reregisteredTime) }),
    total_resources: totalList(info, anyRole),
    allocated_resources: allocatedList(tasks),
    capabilities: agentCapabilities.map(type => ({ type })),
  }
}

function framework(found: Framework, tasks: readonly Task[]): Json {
  const { id, name, role, connected, hostname, webuiUrl, registeredTime, reregisteredTime } = found
  return {
    framework_info: {
      user: 'root',
      name,
      id: { value: id },
      failover_timeout: 604800,
      checkpoint: true,
      role,
      hostname,
      webui_url: webuiUrl,
      capabilities: [{ type: 'TASK_KILLING_STATE' }, { type: 'PARTITION_AWARE' }],
    },
    active: connected,
    connected,
    recovered: false,
    registered_time: nanoseconds(registeredTime),
    reregistered_time: nanoseconds(reregisteredTime ?? registeredTime),
    allocated_resources: allocatedList(tasks),
    offer_constraints: {},
  }
}

function task(found: Task): Json {
  const status = (state: string, timestamp: number): Json => ({
    task_id: { value: found.id },
    state,
    source: 'SOURCE_EXECUTOR',
    agent_id: { value: found.agentId },
    executor_id: { value: found.id },
    timestamp,
    uuid: found.statusUuid,
    container_status: {
      container_id: { value: found.containerId },
      network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: found.address }] }],
      executor_pid: found.executorPid,
    },
  })
  return {
    name: found.name,
    task_id: { value: found.id },
    framework_id: { value: found.frameworkId },
    agent_id: { value: found.agentId },
    state: found.state,
    resources: taskList(found),
    statuses: [status('TASK_STARTING', found.startingAt), status('TASK_RUNNING', found.runningAt)],
    status_update_state: 'TASK_RUNNING',
    status_update_uuid: found.statusUuid,
  }
}

type Calls = { readonly view: MasterView; readonly metrics: Readonly<Record<string, number>> }
const calls: Readonly<Record<string, (of: Calls) => Json>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_VERSION: ({ view }) => ({ version_info: build(view.identity.version) }),
  GET_FLAGS: ({ view }) => ({ flags: Object.entries(view.flags).map(([name, value]) => ({ name, value })) }),
  GET_METRICS: ({ metrics }) => ({ metrics: Object.entries(metrics).map(([name, value]) => ({ name, value })) }),
  GET_MASTER: ({ view }) => ({
    master_info: masterInfo(view.identity),
    start_time: view.startTime,
    elected_time: view.electedTime ?? 0,
  }),
  GET_AGENTS: ({ view: { cluster } }) => ({
    agents: [...cluster.agents.values()].map(found => agent(found, tasksOn(cluster, found.info.id))),
    recovered_agents: [...cluster.recovered.values()].map(agentInfo),
  }),
  GET_FRAMEWORKS: ({ view: { cluster } }) => ({
    frameworks: [...cluster.frameworks.values()].map(found =>
      framework(
        found,
        [...cluster.tasks.values()].filter(({ frameworkId }) => frameworkId === found.id),
      ),
    ),
    completed_frameworks: [],
  }),
  GET_TASKS: ({ view: { cluster } }) => ({
    tasks: [...cluster.tasks.values()].filter(({ state }) => state === 'TASK_RUNNING').map(task),
    unreachable_tasks: [...cluster.tasks.values()].filter(({ state }) => state === 'TASK_UNREACHABLE').map(task),
    completed_tasks: [],
  }),
  GET_MAINTENANCE_STATUS: () => ({ status: {} }),
  GET_MAINTENANCE_SCHEDULE: () => ({ schedule: {} }),
}

/** The reply to an operator call; undefined for a call that is not simulated. */
export function apiV1(type: string, of: Calls): Json | undefined {
  const call = calls[type]
  return call === undefined ? undefined : { type, [type.toLowerCase()]: call(of) }
}
