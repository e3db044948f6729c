// The answers of the simulated Marathon as JSON. Shapes: mesosphere/marathon docs/docs/rest-api (RAML).
import type { Json, JsonObject } from './json.ts'
import type { App } from './marathon-app.ts'
import type { Deployment } from './marathon-store.ts'
import type { Task } from './mesos-model.ts'

export type MarathonFacts = {
  readonly address: string
  readonly version: string
  readonly elected: boolean
  readonly leader: string | undefined
  readonly frameworkId: string
  readonly apps: readonly App[]
  readonly deployments: readonly Deployment[]
  readonly tasks: readonly Task[]
  /** The fault of a deployment that does not end. */
  readonly deploymentRuns: boolean
  readonly leaderSince: number | undefined
  readonly startTime: number
}

/** `/shop/web` → `shop_web`, the first part of its tasks' names. */
export const taskPrefix = (appId: string): string => appId.slice(1).replaceAll('/', '_')

export const tasksOfApp = (tasks: readonly Task[], app: App): readonly Task[] =>
  tasks.filter(({ id }) => id.startsWith(`${taskPrefix(app.id)}.`))

const deploymentId = '6c1e5a0e-1f0f-4b7e-9f4e-2c8f0d1a7b55'

function appView({ apps, deployments: all, tasks, deploymentRuns }: MarathonFacts, app: App): JsonObject {
  const own = tasksOfApp(tasks, app)
  const running = own.filter(({ state }) => state === 'TASK_RUNNING')
  const checked = Array.isArray(app.definition.healthChecks) && app.definition.healthChecks.length > 0
  return {
    id: app.id,
    ...app.definition,
    version: app.version,
    versionInfo: { lastScalingAt: app.version, lastConfigChangeAt: app.configVersion },
    tasksStaged: 0,
    tasksRunning: running.length,
    tasksHealthy: checked ? running.length : 0,
    tasksUnhealthy: 0,
    deployments: [
      ...all.filter(deployment => deployment.apps.includes(app.id)).map(({ id }) => ({ id })),
      ...(deploymentRuns && app.id === apps[0]?.id ? [{ id: deploymentId }] : []),
    ],
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

/** undefined where there is none. */
export function oneApp(facts: MarathonFacts, id: string): JsonObject | undefined {
  const found = facts.apps.find(app => app.id === id)
  return found && { app: appView(facts, found) }
}

/** The groups that the apps' ids name, as a tree. */
export function groups(facts: MarathonFacts, id = '/'): JsonObject {
  const parentOf = (child: string) => child.slice(0, child.lastIndexOf('/')) || '/'
  const below = facts.apps.map(app => app.id).filter(app => app.startsWith(id === '/' ? '/' : `${id}/`))
  const depth = id === '/' ? 1 : id.split('/').length
  const inner = below
    .filter(app => parentOf(app) !== id)
    .map(app =>
      app
        .split('/')
        .slice(0, depth + 1)
        .join('/'),
    )
  return {
    id,
    apps: facts.apps.filter(app => parentOf(app.id) === id).map(app => appView(facts, app)),
    groups: [...new Set(inner)].toSorted().map(child => groups(facts, child)),
    pods: [],
    dependencies: [],
    version:
      facts.apps
        .map(({ version }) => version)
        .toSorted()
        .at(-1) ?? '',
    enforceRole: false,
  }
}

const deploymentView = (id: string, version: string, affected: readonly string[]): Json => {
  const actions = affected.map(app => ({ action: 'ScaleApplication', app }))
  return {
    ...{ id, version, affectedApps: affected, affectedPods: [] },
    steps: [{ actions }, { actions }],
    currentActions: actions.map(action => ({ ...action, readinessCheckResults: [] })),
    currentStep: 1,
    totalSteps: 2,
  }
}

export function deployments({ apps: [first], deployments: all, deploymentRuns }: MarathonFacts): Json {
  return [
    ...all.map(({ id, version, apps: affected }) => deploymentView(id, version, affected)),
    ...(deploymentRuns && first ? [deploymentView(deploymentId, first.version, [first.id])] : []),
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
      'marathon.deployments.active.gauge': gauge(facts.deployments.length + (facts.deploymentRuns ? 1 : 0)),
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
