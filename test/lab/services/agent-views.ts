// The answers of a simulated Mesos agent as JSON. Field and metric names: recorded answers of Mesos 1.12.
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import type { Json, JsonObject } from './json.ts'
import { type AgentInfo, agentCapabilities, type Task } from './mesos-model.ts'
import { anyRole, sum, summed, totalList, totalSummed } from './mesos-resources.ts'
import { build, taskView } from './mesos-views.ts'
import type { NodeConfig } from './node-config.ts'

export type AgentFacts = {
  readonly info: AgentInfo
  readonly tasks: readonly Task[]
  readonly version: string
  readonly startTime: number
  readonly registered: boolean
  readonly leader: string
  readonly config: NodeConfig
}

/** The command executor's own share, added to what its task asks for (apache/mesos src/slave/constants.hpp). */
const executorShare = { cpus: 0.1, mem: 32 }

const held = (tasks: readonly Task[]) => {
  const { cpus: cpu, mem } = sum(tasks)
  return { cpus: cpu + tasks.length * executorShare.cpus, mem: mem + tasks.length * executorShare.mem }
}

function executor(task: Task, workFolder: string, agentId: string): Json {
  const run = `frameworks/${task.frameworkId}/executors/${task.id}/runs/${task.containerId}`
  return {
    id: task.id,
    name: `Command Executor (Task: ${task.id}) (Command: simulated)`,
    source: task.id,
    container: task.containerId,
    directory: `${workFolder}/slaves/${agentId}/${run}`,
    resources: summed(held([task])),
    role: task.role,
    tasks: [taskView(task)],
    queued_tasks: [],
    completed_tasks: [],
  }
}

export function agentState(facts: AgentFacts): JsonObject {
  const { info, tasks, version, startTime, leader, registered } = facts
  const total = totalSummed(info)
  return {
    ...build(version),
    start_time: startTime,
    id: info.id,
    pid: `slave(1)@${info.hostname}:${info.port}`,
    hostname: info.hostname,
    capabilities: agentCapabilities,
    resources: total,
    reserved_resources: {},
    unreserved_resources: total,
    reserved_resources_full: {},
    unreserved_resources_full: totalList(info, anyRole),
    reserved_resources_allocated: {},
    unreserved_resources_allocated: summed(held(tasks)),
    resource_providers: [],
    attributes: info.attributes,
    flags: agentFlags(facts),
    ...(registered ? { master_hostname: leader } : {}),
    frameworks: [...Map.groupBy(tasks, ({ frameworkId }) => frameworkId)].map(([id, own]) => ({
      id,
      name: 'marathon',
      user: 'root',
      failover_timeout: 604800,
      checkpoint: true,
      hostname: '',
      role: own[0]?.role ?? '*',
      executors: own.map(task => executor(task, '/var/lib/mesos/slave', info.id)),
      completed_executors: [],
    })),
    completed_frameworks: [],
  }
}

/** A part of the flags: those an operator reads. */
export function agentFlags({ config }: AgentFacts): JsonObject {
  const { address, masters } = config
  return {
    attributes: 'os:linux',
    hostname: address,
    ip: address,
    master: `zk://${masters.map(master => `${master.address}:2181`).join(',')}/mesos`,
    port: '5051',
    reconfiguration_policy: 'additive',
    recover: 'reconnect',
    recovery_timeout: '24hrs',
    strict: 'true',
    work_dir: '/var/lib/mesos/slave',
  }
}

const alwaysZero = [
  ...['cache_size_used_bytes', 'task_fetches_failed', 'task_fetches_succeeded'].map(
    name => `containerizer/fetcher/${name}`,
  ),
  'containerizer/mesos/container_destroy_errors',
  ...['bind/remove_rootfs_errors', 'remove_container_errors'].map(name => `containerizer/mesos/provisioner/${name}`),
  ...['failed', 'pending', 'succeeded'].map(name => `gc/path_removals_${name}`),
  ...['events/disconnect', 'events/subscribe', 'subscribed'].map(name => `resource_provider_manager/${name}`),
  'slave/container_launch_errors',
  ...['cpus', 'disk', 'gpus', 'mem'].flatMap(name =>
    ['percent', 'total', 'used'].map(what => `slave/${name}_revocable_${what}`),
  ),
  ...['executors_preempted', 'executors_registering', 'executors_terminated', 'executors_terminating'].map(
    n => `slave/${n}`,
  ),
  ...['invalid_framework_messages', 'invalid_status_updates', 'valid_framework_messages'].map(name => `slave/${name}`),
  'slave/recovery_errors',
  ...['failed', 'finished', 'gone', 'killed', 'killing', 'lost', 'staging', 'starting'].map(
    name => `slave/tasks_${name}`,
  ),
]

export function agentMetrics({ info, tasks, startTime, registered }: AgentFacts): JsonObject {
  const used = held(tasks)
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  const of = (name: string, total: number, taken: number): JsonObject => ({
    [`slave/${name}_total`]: total,
    [`slave/${name}_used`]: taken,
    [`slave/${name}_percent`]: total === 0 ? 0 : taken / total,
  })
  return {
    ...Object.fromEntries(alwaysZero.map(name => [name, 0])),
    'containerizer/fetcher/cache_size_total_bytes': 2147483648,
    ...of('cpus', info.cpus, used.cpus),
    ...of('mem', info.mem, used.mem),
    ...of('disk', info.disk, 0),
    ...of('gpus', 0, 0),
    'slave/executor_directory_max_allowed_age_secs': 544320,
    'slave/executors_running': tasks.length,
    'slave/frameworks_active': new Set(tasks.map(({ frameworkId }) => frameworkId)).size,
    'slave/recovery_time_secs': 0.01,
    'slave/registered': registered ? 1 : 0,
    'slave/tasks_running': tasks.length,
    'slave/uptime_secs': Date.now() / 1000 - startTime,
    'slave/valid_status_updates': tasks.length * 2,
    'system/cpus_total': cpus().length,
    'system/load_1min': one,
    'system/load_5min': five,
    'system/load_15min': fifteen,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  }
}
