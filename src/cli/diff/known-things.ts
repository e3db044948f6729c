// Reads apps, agents, quotas … out of what Mesos, Marathon and Metronome say of themselves, the same for a backup and for a live cluster. Pure.
import { z } from 'zod'
import { agentsInLog } from '../../actions/verify/agents.ts'
import type { LogVerdict } from '../../mesos/replicated-log/archive.ts'
import type { Things } from './things.ts'

const all = () => true

/** What Marathon adds of its own and changes while an app runs (mesosphere/marathon AppInfo, AppDefinition). */
const ofTheMoment = new Set([
  ...['version', 'versionInfo', 'tasks', 'tasksStaged', 'tasksRunning', 'tasksHealthy', 'tasksUnhealthy', 'taskStats'],
  ...['deployments', 'lastTaskFailure', 'readinessCheckResults'],
])

/** Environment, commands and labels may hold secrets: that they changed is told, not what they are. */
const plainFields = new Set([
  'instances',
  'cpus',
  'mem',
  'disk',
  'gpus',
  'role',
  'container.docker.image',
  'container.type',
])

const definition = z.object({ id: z.string() }).loose()
type Definition = z.output<typeof definition>

interface Group {
  readonly apps: readonly Definition[]
  readonly pods: readonly Definition[]
  readonly groups: readonly Group[]
}

const group: z.ZodType<Group> = z.object({
  apps: z.array(definition).default([]),
  pods: z.array(definition).default([]),
  groups: z.lazy(() => z.array(group)).default([]),
})

const without = (fields: ReadonlySet<string>, value: Definition): unknown =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !fields.has(name)))

const byId = (kind: string, definitions: readonly Definition[]): Things => ({
  kind,
  items: new Map(definitions.map(each => [each.id, without(ofTheMoment, each)])),
  shown: field => plainFields.has(field),
})

/** `/v2/groups` with its groups, apps and pods. */
export function marathonThings(body: unknown): readonly Things[] {
  const every = (from: Group, which: 'apps' | 'pods'): readonly Definition[] => [
    ...from[which],
    ...from.groups.flatMap(below => every(below, which)),
  ]
  const root = group.parse(body)
  return [byId('Marathon apps', every(root, 'apps')), byId('Marathon pods', every(root, 'pods'))]
}

/** `/v1/jobs` of Metronome. */
export function metronomeThings(body: unknown): readonly Things[] {
  const running = new Set(['activeRuns', 'history', 'historySummary', 'nextRunAt'])
  const jobs = z.array(definition).parse(body)
  const items = new Map(jobs.map(job => [job.id, without(running, job)]))
  return [{ kind: 'Metronome jobs', items, shown: field => plainFields.has(field.replace(/^run\./, '')) }]
}

const named = z.object({ info: z.object({ id: z.object({ value: z.string() }), hostname: z.string() }).loose() })
const lost = z.object({ slaves: z.array(z.object({ id: z.object({ value: z.string() }) })).default([]) })
const role = z.object({ role: z.string() }).loose()

const registry = z.object({
  slaves: z.object({ slaves: z.array(named).default([]) }).default({ slaves: [] }),
  unreachable: lost.default({ slaves: [] }),
  gone: lost.default({ slaves: [] }),
  weights: z.array(z.object({ info: z.object({ role: z.string().default('*'), weight: z.number() }) })).default([]),
  quotas: z.array(z.object({ info: role })).default([]),
  quota_configs: z.array(role).default([]),
  minimum_capabilities: z.array(z.object({ capability: z.string() })).default([]),
})

/** `/registrar(1)/registry` of the leading master. */
export function registryThings(body: unknown): readonly Things[] {
  const seen = registry.parse(body)
  const list = (kind: string, items: readonly (readonly [string, unknown])[]): Things => ({
    kind,
    items: new Map(items),
    shown: all,
  })
  const ids = ({ slaves }: z.output<typeof lost>) => slaves.map(({ id }) => [id.value, {}] as const)
  return [
    list(
      'Mesos agents',
      seen.slaves.slaves.map(({ info }) => [agentName(info.id.value, info.hostname), { attributes: info.attributes }]),
    ),
    list('Unreachable agents', ids(seen.unreachable)),
    list('Agents marked gone', ids(seen.gone)),
    list('Quotas', [
      ...seen.quotas.map(({ info }) => [info.role, info] as const),
      ...seen.quota_configs.map(each => [each.role, each] as const),
    ]),
    list(
      'Weights',
      seen.weights.map(({ info }) => [info.role, { weight: info.weight }]),
    ),
    list(
      'Minimum capabilities',
      seen.minimum_capabilities.map(({ capability }) => [capability, {}]),
    ),
  ]
}

const agentName = (id: string, hostname: string): string => `${hostname} (${id})`

/** The agents that a replica of the registry's log admits. */
export function logThings(verdicts: readonly LogVerdict[]): readonly Things[] {
  const agents = agentsInLog('', verdicts).flatMap(({ agents }) => [...agents])
  const items = new Map(agents.map(([id, hostname]) => [agentName(id, hostname), {}]))
  return [{ kind: 'Agents in the replicated log', items, shown: all }]
}

const secretFlags = /credential|secret|password|acls|key|auth/i

/** `/flags` of a master. Users and passwords in URLs are never shown. */
export function flagThings(body: unknown): readonly Things[] {
  const { flags } = z.object({ flags: z.record(z.string(), z.string()) }).parse(body)
  const items = new Map(
    Object.entries(flags).map(([name, value]) => [
      name,
      secretFlags.test(name) ? { value } : value.replace(/\/\/[^/@]*@/, '//***@'),
    ]),
  )
  // What has a field of its own is not shown.
  return [{ kind: 'Mesos flags', items, shown: field => field === '' }]
}

export function versionThings(versions: Readonly<Record<string, string | undefined>>): readonly Things[] {
  const known = Object.entries(versions).flatMap(([name, version]) =>
    version === undefined ? [] : [[name, version] as const],
  )
  return [{ kind: 'Versions', items: new Map(known), shown: all }]
}
