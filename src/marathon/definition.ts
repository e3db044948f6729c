// The definition of an app or a pod, apart from what Marathon adds to it when it is asked; and how two of them differ. Pure.
// Fields and defaults: mesosphere/marathon docs/docs/rest-api/public/api/v2/types/{app,pod}.raml, 1.4 to 1.11.
import { type Defaults, type Json, sameJson } from '../same-json.ts'
import type { Definition } from './groups.ts'

export type Kind = 'app' | 'pod'

/** These tell of what runs, or of when the definition was made. With a `version`, a PUT would go back to that version. */
const told: ReadonlySet<string> = new Set([
  ...['version', 'versionInfo', 'deployments', 'readinessCheckResults', 'lastTaskFailure', 'taskStats', 'tasks'],
  ...['tasksStaged', 'tasksRunning', 'tasksHealthy', 'tasksUnhealthy'],
])

/** What a person can have written: where one is left out, nothing was meant. Any other field that only the server has is the server's own. */
const written: Readonly<Record<Kind, ReadonlySet<string>>> = {
  app: new Set([
    ...['acceptedResourceRoles', 'args', 'backoffFactor', 'backoffSeconds', 'check', 'cmd', 'constraints', 'container'],
    ...['cpus', 'dependencies', 'disk', 'env', 'executor', 'fetch', 'gpus', 'healthChecks', 'instances', 'ipAddress'],
    ...['killSelection', 'labels', 'maxLaunchDelaySeconds', 'mem', 'networks', 'portDefinitions', 'ports'],
    ...['readinessChecks', 'requirePorts', 'residency', 'secrets', 'storeUrls', 'taskKillGracePeriodSeconds'],
    ...['unreachableStrategy', 'upgradeStrategy', 'uris', 'user', 'tty', 'resourceLimits'],
  ]),
  pod: new Set([
    ...['labels', 'user', 'environment', 'containers', 'secrets', 'volumes', 'networks', 'scaling', 'scheduling'],
    ...['executorResources', 'linuxInfo', 'legacySharedCgroups'],
  ]),
}

const defaults: Defaults = {
  acceptedResourceRoles: [['*']],
  ...{ backoffFactor: [1.15], backoffSeconds: [1], maxLaunchDelaySeconds: [3600, 300] },
  ...{ cpus: [1], mem: [128], disk: [0], gpus: [0], instances: [1], executor: ['', '//cmd'], requirePorts: [false] },
  networks: [[{ mode: 'host' }]],
  killSelection: ['YOUNGEST_FIRST'],
  unreachableStrategy: ['disabled', { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 }],
  upgradeStrategy: [{ minimumHealthCapacity: 1, maximumOverCapacity: 1 }],
  ...{ minimumHealthCapacity: [1], maximumOverCapacity: [1], inactiveAfterSeconds: [0], expungeAfterSeconds: [0] },
  ...{ extract: [true], executable: [false], cache: [false] },
  ...{ forcePullImage: [false], forcePull: [false], privileged: [false] },
  ...{ protocol: ['tcp', 'HTTP'], hostPort: [0], mode: ['RW'], name: ['default'] },
  ...{ path: ['/'], portIndex: [0], ignoreHttp1xx: [false], ipProtocol: ['IPv4'], delaySeconds: [15] },
  ...{ gracePeriodSeconds: [300], intervalSeconds: [60], timeoutSeconds: [20], maxConsecutiveFailures: [3] },
  ...{ relaunchEscalationTimeoutSeconds: [3600], taskLostBehavior: ['WAIT_FOREVER'], kind: ['DOCKER', 'fixed'] },
}

/** As it is given back to Marathon: without what it adds, and without its two ways to say one thing (it refuses both at once). */
export function definitionOf(definition: Definition): Definition {
  const own = Object.entries(definition).filter(([name, value]) => !told.has(name) && value !== null)
  const { id, ...fields } = inNewWords(Object.fromEntries(own))
  return { id: absolute(definition.id), ...fields }
}

export const absolute = (id: string): string => (id.startsWith('/') ? id : `/${id}`)

type Fields = Readonly<Record<string, Json>>

/** Marathon up to 1.4 tells uris, ports and docker's network in words that 1.5 only still takes, and never shows. */
function inNewWords(fields: Fields): Fields {
  const { uris, ports, ...rest } = fields
  const has = (name: string) => Array.isArray(fields[name]) && fields[name].length > 0
  return {
    ...rest,
    ...(has('fetch') || !Array.isArray(uris) || uris.length === 0 ? {} : { fetch: uris.map(uri => ({ uri })) }),
    ...(has('portDefinitions') || ports === undefined ? {} : { ports }),
    ...dockerNetwork(fields),
  }
}

const modes: Readonly<Record<string, string>> = { HOST: 'host', BRIDGE: 'container/bridge' }

function dockerNetwork({ container, networks }: Fields): Fields {
  if (!isFields(container) || !isFields(container.docker) || networks !== undefined) return {}
  const { network, portMappings, ...docker } = container.docker
  const mode = typeof network === 'string' ? modes[network] : undefined
  if (mode === undefined) return {}
  const mapped = mode === 'host' || !portMappings ? {} : { portMappings }
  return { networks: [{ mode }], container: { ...container, docker, ...mapped } }
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names of the fields in which the living definition is another one than the wanted; never a value, for env may hold secrets. */
export function differingFields(kind: Kind, wanted: Definition, living: Definition): readonly string[] {
  const [a, b] = [comparable(wanted), comparable(living)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted().filter(name => {
    if (name === 'id') return false
    if (a[name] === undefined && !written[kind].has(name)) return false
    return !sameJson(a[name], b[name], defaults, name)
  })
}

const inAnyOrder = ['acceptedResourceRoles', 'constraints', 'dependencies']

function comparable(definition: Definition): Fields {
  const fields: Record<string, Json> = { ...definitionOf(definition) }
  for (const name of inAnyOrder) {
    const list = fields[name]
    if (Array.isArray(list)) fields[name] = list.toSorted((one, other) => (text(one) < text(other) ? -1 : 1))
  }
  return fields
}

const text = (value: Json): string => JSON.stringify(value)

/** How many of it should run. */
export function instancesOf(kind: Kind, definition: Definition): number {
  if (kind === 'app') return typeof definition.instances === 'number' ? definition.instances : 1
  const { scaling } = definition
  return isFields(scaling) && typeof scaling.instances === 'number' ? scaling.instances : 1
}

/** What an operator has to see to before it can run, in words; empty for most. `ownRole`: the one that Marathon itself has. */
export function needsOf(definition: Definition, ownRole: string | undefined): readonly string[] {
  const { secrets, residency, container, acceptedResourceRoles, role, volumes } = definition
  const needs: string[] = []
  if (isFields(secrets)) {
    const sources = Object.values(secrets).flatMap(secret => (isFields(secret) ? [String(secret.source)] : []))
    if (sources.length > 0) needs.push(`the secret ${sources.join(', ')} in the secret store`)
  }
  const inside = isFields(container) ? container.volumes : volumes
  const isLasting = (volume: Json) => isFields(volume) && volume.persistent !== undefined
  if (isFields(residency) || (Array.isArray(inside) && inside.some(isLasting)))
    needs.push('its persistent volumes, whose data is in no backup: it starts with empty ones')
  const roles = [...(Array.isArray(acceptedResourceRoles) ? acceptedResourceRoles : []), role ?? '']
  const foreign = [...new Set(roles)].filter(one => one !== '*' && one !== '' && one !== ownRole)
  if (foreign.length > 0) needs.push(`resources of the role ${foreign.join(', ')}`)
  return needs
}
