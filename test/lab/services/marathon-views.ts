// The answers of the simulated Marathon as JSON. Shapes: mesosphere/marathon docs/docs/rest-api (RAML).
import type { Json, JsonObject } from './json.ts'
import type { App } from './marathon-store.ts'
import type { Task } from './mesos-model.ts'

export type MarathonFacts = {
  readonly address: string
  readonly version: string
  readonly elected: boolean
  readonly leader: string | undefined
  readonly frameworkId: string
  readonly apps: readonly App[]
  readonly tasks: readonly Task[]
  readonly deploymentRuns: boolean
  readonly leaderSince: number | undefined
  readonly startTime: number
}

/** `/shop/web` → `shop_web`, the first part of its tasks' names. */
export const taskPrefix = (appId: string): string => appId.slice(1).replaceAll('/', '_')

export const tasksOfApp = (tasks: readonly Task[], app: App): readonly Task[] =>
  tasks.filter(({ id }) => id.startsWith(`${taskPrefix(app.id)}.`))

const deploymentId = '6c1e5a0e-1f0f-4b7e-9f4e-2c8f0d1a7b55'

function appView({ apps, tasks, deploymentRuns }: MarathonFacts, app: App): Json {
  const own = tasksOfApp(tasks, app)
  const running = own.filter(({ state }) => state === 'TASK_RUNNING')
  return {
    id: app.id,
    cmd: app.cmd,
    cpus: app.cpus,
    mem: app.mem,
    disk: 0,
    instances: app.instances,
    acceptedResourceRoles: ['*'],
    constraints: [],
    container: null,
    healthChecks: [],
    killSelection: 'YOUNGEST_FIRST',
    labels: {},
    networks: [{ mode: 'host' }],
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
    version: app.version,
    versionInfo: { lastScalingAt: app.version, lastConfigChangeAt: app.version },
    tasksStaged: 0,
    tasksRunning: running.length,
    tasksHealthy: 0,
    tasksUnhealthy: 0,
    deployments: deploymentRuns && app.id === apps[0]?.id ? [{ id: deploymentId }] : [],
    tasks: own.map(task => ({
      id: task.id,
      appId: app.id,
      slaveId: task.agentId,
      host: task.address,
      state: task.state,
      stagedAt: new Date(task.startingAt * 1000).toISOString(),
      startedAt: new Date(task.runningAt * 1000).toISOString(),
      ports: [],
      version: app.version,
    })),
  }
}

export const apps = (facts: MarathonFacts): JsonObject => ({ apps: facts.apps.map(app => appView(facts, app)) })

/** One group for each first part of the apps' ids: enough for a logical copy. */
export function groups(facts: MarathonFacts): JsonObject {
  const group = (id: string, own: readonly App[], inner: readonly Json[]): JsonObject => ({
    id,
    apps: own.map(app => appView(facts, app)),
    groups: inner,
    pods: [],
    dependencies: [],
    version: facts.apps.map(({ version }) => version).toSorted()[0] ?? '',
    enforceRole: false,
  })
  const byParent = Map.groupBy(facts.apps, ({ id }) => id.slice(0, id.lastIndexOf('/')))
  const inner = [...byParent].filter(([parent]) => parent !== '').map(([parent, own]) => group(parent, own, []))
  return group('/', byParent.get('') ?? [], inner)
}

export function deployments({ apps: [first], deploymentRuns }: MarathonFacts): Json {
  if (!deploymentRuns || first === undefined) return []
  const action = { action: 'ScaleApplication', app: first.id }
  return [
    {
      id: deploymentId,
      version: first.version,
      affectedApps: [first.id],
      affectedPods: [],
      steps: [{ actions: [action] }, { actions: [action] }],
      currentActions: [{ ...action, readinessCheckResults: [] }],
      currentStep: 1,
      totalSteps: 2,
    },
  ]
}

export function info(facts: MarathonFacts): JsonObject {
  return {
    name: 'marathon',
    version: facts.version,
    buildref: 'simulated',
    elected: facts.elected,
    ...(facts.leader === undefined ? {} : { leader: facts.leader }),
    ...(facts.frameworkId === '' ? {} : { frameworkId: facts.frameworkId }),
    marathon_config: { framework_name: 'marathon', ha: true, hostname: facts.address, mesos_role: 'slave_public' },
    zookeeper_config: { zk_max_versions: 50, zk_session_timeout: 10000, zk_timeout: 10000 },
    http_config: { http_port: 8080, https_port: 8443 },
  }
}

/** Only the metrics that operators read; names of Marathon 1.7 and later. */
export function metrics(facts: MarathonFacts): JsonObject {
  const gauge = (value: number): Json => ({ value })
  const led = facts.leaderSince === undefined ? 0 : Date.now() / 1000 - facts.leaderSince
  return {
    version: '4.0.0',
    gauges: {
      'marathon.apps.active.gauge': gauge(facts.apps.length),
      'marathon.deployments.active.gauge': gauge(facts.deploymentRuns ? 1 : 0),
      'marathon.instances.running.gauge': gauge(facts.tasks.length),
      'marathon.instances.staged.gauge': gauge(0),
      'marathon.leadership.duration.gauge.seconds': gauge(led),
      'marathon.uptime.gauge.seconds': gauge(Date.now() / 1000 - facts.startTime),
    },
    counters: {},
    histograms: {},
    meters: {},
    timers: {},
  }
}
