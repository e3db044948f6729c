// The metrics of a Mesos master by name. Names: recorded answers of Mesos 1.12; those of the overlay module: DC/OS.
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import type { Cluster, Framework, Task } from './mesos-model.ts'

export type Metrics = Readonly<Record<string, number>>

/** Counted by the master itself since its process started. */
export type Counters = {
  readonly slaveRegistrations: number
  readonly slaveReregistrations: number
  readonly slaveRemovals: number
  readonly unreachableScheduled: number
  readonly unreachableCompleted: number
}

export const noCounters: Counters = {
  slaveRegistrations: 0,
  slaveReregistrations: 0,
  slaveRemovals: 0,
  unreachableScheduled: 0,
  unreachableCompleted: 0,
}

export type Measured = {
  readonly cluster: Cluster
  readonly counters: Counters
  readonly elected: boolean
  readonly uptime: number
  readonly recovered: boolean
  readonly overlayRecovered: boolean
  readonly masters: number
  /** Of a leading master that has fetched its registry. */
  readonly registry:
    | { readonly bytes: number; readonly fetchTime: number; readonly storeTimes: readonly number[] }
    | undefined
}

const zeros = (names: readonly string[]): Metrics => Object.fromEntries(names.map(name => [name, 0]))
const under = (prefix: string, names: readonly string[]): readonly string[] => names.map(name => `${prefix}/${name}`)

const operations = [
  ...['create', 'create_disk', 'destroy', 'destroy_disk', 'grow_volume', 'reserve', 'shrink_volume', 'unreserve'],
]
const outcomes = [
  ...['dropped', 'error', 'failed', 'finished', 'gone_by_operator', 'pending', 'recovering', 'total', 'unreachable'],
]
const messages = [
  ...['authenticate', 'deactivate_framework', 'decline_offers', 'executor_to_framework', 'exited_executor'],
  ...['framework_to_executor', 'kill_task', 'launch_tasks', 'operation_status_update'],
  ...['operation_status_update_acknowledgement', 'reconcile_operations', 'reconcile_tasks', 'register_framework'],
  ...['register_slave', 'reregister_framework', 'reregister_slave', 'resource_request', 'revive_offers'],
  ...['status_update', 'status_update_acknowledgement', 'suppress_offers', 'unregister_framework'],
  ...['unregister_slave', 'update_slave'],
]
const judged = [
  ...['executor_to_framework_messages', 'framework_to_executor_messages', 'operation_status_update_acknowledgements'],
  ...['operation_status_updates', 'status_update_acknowledgements', 'status_updates'],
]
const resources = ['cpus', 'disk', 'gpus', 'mem']
const percentiles = ['count', 'max', 'min', 'p50', 'p90', 'p95', 'p99', 'p999', 'p9999']

const alwaysZero: Metrics = zeros([
  ...['allocator/event_queue_dispatches', 'allocator/mesos/event_queue_dispatches'],
  ...['cpus', 'disk', 'mem'].map(name => `allocator/mesos/resources/${name}/offered_or_allocated`),
  ...['dropped_messages', 'event_queue_dispatches', 'event_queue_http_requests', 'event_queue_messages'].map(
    name => `master/${name}`,
  ),
  ...resources.flatMap(name => ['percent', 'total', 'used'].map(what => `master/${name}_revocable_${what}`)),
  ...judged.flatMap(name => [`master/invalid_${name}`, `master/valid_${name}`]),
  ...messages.map(name => `master/messages_${name}`),
  ...under('master/operations', [...outcomes, ...operations.flatMap(name => under(name, outcomes))]),
  ...['http_cache_hits', 'operator_event_stream_subscribers', 'outstanding_offers', 'recovery_slave_removals'].map(
    name => `master/${name}`,
  ),
  ...['slave_removals/reason_registered', 'slave_removals/reason_unregistered', 'slave_shutdowns_canceled'].map(
    name => `master/${name}`,
  ),
  ...['slave_shutdowns_completed', 'slave_shutdowns_scheduled', 'slave_unreachable_canceled'].map(
    name => `master/${name}`,
  ),
  ...['dropped', 'error', 'failed', 'finished', 'gone', 'gone_by_operator', 'killed', 'killing', 'lost'].map(
    name => `master/tasks_${name}`,
  ),
  ...['master/tasks_staging', 'master/tasks_starting', 'registrar/queued_operations'],
])

const total = (tasks: readonly Task[], of: (task: Task) => number): number =>
  tasks.reduce((sum, task) => sum + of(task), 0)

function amounts(cluster: Cluster, running: readonly Task[]): Metrics {
  const agents = [...cluster.agents.values()].map(({ info }) => info)
  const of = (name: string, all: number, used: number): Metrics => ({
    [`master/${name}_total`]: all,
    [`master/${name}_used`]: used,
    [`master/${name}_percent`]: all === 0 ? 0 : used / all,
  })
  const all = (pick: (info: { cpus: number; mem: number; disk: number }) => number) =>
    agents.reduce((sum, info) => sum + pick(info), 0)
  const cpu = all(info => info.cpus)
  const mem = all(info => info.mem)
  const disk = all(info => info.disk)
  return {
    ...of(
      'cpus',
      cpu,
      total(running, task => task.cpus),
    ),
    ...of(
      'mem',
      mem,
      total(running, task => task.mem),
    ),
    ...of('disk', disk, 0),
    ...of('gpus', 0, 0),
    'allocator/mesos/resources/cpus/total': cpu,
    'allocator/mesos/resources/mem/total': mem,
    'allocator/mesos/resources/disk/total': disk,
  }
}

/** `<name>` and its window statistics, as libprocess prints a timer. */
function timer(name: string, values: readonly number[]): Metrics {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  const shares: Readonly<Record<string, number>> = {
    p50: 0.5,
    p90: 0.9,
    p95: 0.95,
    p99: 0.99,
    p999: 0.999,
    p9999: 0.9999,
  }
  const statistic = (what: string): number =>
    what === 'count' ? values.length : what === 'max' ? at(1) : what === 'min' ? at(0) : at(shares[what] ?? 0)
  return {
    [name]: values.at(-1) ?? 0,
    ...Object.fromEntries(percentiles.map(what => [`${name}/${what}`, statistic(what)])),
  }
}

const calls = [
  ...['accept', 'accept_inverse_offers', 'acknowledge', 'acknowledge_operation_status', 'decline'],
  ...['decline_inverse_offers', 'kill', 'message', 'reconcile', 'reconcile_operations', 'request', 'revive'],
  ...['shutdown', 'subscribe', 'suppress', 'teardown', 'update_framework'],
]
const events = [
  ...['error', 'failure', 'heartbeat', 'inverse_offers', 'message', 'offers', 'rescind', 'rescind_inverse_offer'],
  ...['subscribed', 'update', 'update_operation_status'],
]
const active = ['killing', 'running', 'staging', 'starting', 'unknown', 'unreachable']
const terminal = ['dropped', 'error', 'failed', 'finished', 'gone', 'gone_by_operator', 'killed', 'lost']

function ofFramework({ id, name, role, connected }: Framework, tasks: readonly Task[]): Metrics {
  const prefix = `master/frameworks/${encodeURIComponent(name)}/${id}`
  const count = (state: Task['state']) => tasks.filter(task => task.state === state).length
  return {
    ...zeros(
      under(prefix, [
        ...['calls', ...under('calls', calls), 'events', ...under('events', events)],
        ...under('offers', ['accepted', 'declined', 'rescinded', 'sent']),
        ...['operations', ...under('operations', [...operations, 'launch', 'launch_group'])],
        `roles/${role}/suppressed`,
        ...under(
          'tasks/active',
          active.map(state => `task_${state}`),
        ),
        ...under(
          'tasks/terminal',
          terminal.map(state => `task_${state}`),
        ),
      ]),
    ),
    [`${prefix}/subscribed`]: connected ? 1 : 0,
    [`${prefix}/tasks/active/task_running`]: count('TASK_RUNNING'),
    [`${prefix}/tasks/active/task_unreachable`]: count('TASK_UNREACHABLE'),
    [`allocator/mesos/offer_filters/roles/${role}/active`]: 0,
    [`allocator/mesos/roles/${role}/shares/dominant`]: 0,
  }
}

function ofMachine(): Metrics {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    'system/cpus_total': cpus().length,
    'system/load_1min': one,
    'system/load_5min': five,
    'system/load_15min': fifteen,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  }
}

function ofRegistry(registry: Measured['registry']): Metrics {
  if (registry === undefined) return {}
  return {
    'registrar/registry_size_bytes': registry.bytes,
    'registrar/state_fetch_ms': registry.fetchTime,
    ...timer('registrar/state_store_ms', registry.storeTimes),
  }
}

/** Every metric of `GET /metrics/snapshot`, in alphabetical order. */
export function metrics(measured: Measured): Metrics {
  const { cluster, counters, uptime } = measured
  const agents = [...cluster.agents.values()]
  const tasks = [...cluster.tasks.values()]
  const running = tasks.filter(({ state }) => state === 'TASK_RUNNING')
  const connected = agents.filter(agent => agent.connected).length
  const frameworks = [...cluster.frameworks.values()]
  const frameworksConnected = frameworks.filter(framework => framework.connected).length
  const runs = Math.floor(uptime)
  const all: Metrics = {
    ...alwaysZero,
    ...(runs > 0
      ? { ...timer('allocator/mesos/allocation_run_ms', []), ...timer('allocator/mesos/allocation_run_latency_ms', []) }
      : {}),
    ...amounts(cluster, running),
    ...ofMachine(),
    ...ofRegistry(measured.registry),
    ...Object.assign(
      {},
      ...frameworks.map(found =>
        ofFramework(
          found,
          tasks.filter(task => task.frameworkId === found.id),
        ),
      ),
    ),
    'allocator/mesos/allocation_runs': runs,
    'master/elected': measured.elected ? 1 : 0,
    'master/uptime_secs': uptime,
    'master/frameworks_active': frameworksConnected,
    'master/frameworks_connected': frameworksConnected,
    'master/frameworks_disconnected': frameworks.length - frameworksConnected,
    'master/frameworks_inactive': frameworks.length - frameworksConnected,
    'master/slaves_active': connected,
    'master/slaves_connected': connected,
    'master/slaves_disconnected': agents.length - connected,
    'master/slaves_inactive': agents.length - connected,
    'master/slaves_unreachable': cluster.unreachable.size,
    'master/slave_registrations': counters.slaveRegistrations,
    'master/slave_reregistrations': counters.slaveReregistrations,
    'master/slave_removals': counters.slaveRemovals,
    'master/slave_removals/reason_unhealthy': counters.slaveRemovals,
    'master/slave_unreachable_scheduled': counters.unreachableScheduled,
    'master/slave_unreachable_completed': counters.unreachableCompleted,
    'master/tasks_running': running.length,
    'master/tasks_unreachable': tasks.length - running.length,
    'registrar/log/ensemble_size': measured.masters,
    'registrar/log/recovered': measured.recovered ? 1 : 0,
    'overlay/master/log/ensemble_size': measured.masters,
    'overlay/master/log/recovered': measured.overlayRecovered ? 1 : 0,
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}
