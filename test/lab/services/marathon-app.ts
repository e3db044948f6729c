// An app of the simulated Marathon: its definition as it is accepted, with the fields that the server adds, or what is wrong with it.
// Fields and defaults: mesosphere/marathon docs/docs/rest-api/public/api/v2/types/app.raml.
import { isObject, type Json, type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts'

export type App = {
  readonly id: string
  readonly instances: number
  readonly cpus: number
  readonly mem: number
  /** Every field as the API shows it, but for what tells of tasks and deployments. */
  readonly definition: JsonObject
  readonly version: string
  readonly configVersion: string
}

export type Violation = { readonly path: string; readonly errors: readonly string[] }

const defaults: JsonObject = {
  acceptedResourceRoles: ['*'],
  backoffFactor: 1.15,
  backoffSeconds: 1,
  constraints: [],
  container: null,
  cpus: 1,
  disk: 0,
  executor: '',
  gpus: 0,
  healthChecks: [],
  instances: 1,
  killSelection: 'YOUNGEST_FIRST',
  labels: {},
  maxLaunchDelaySeconds: 300,
  mem: 128,
  networks: [{ mode: 'host' }],
  requirePorts: false,
  unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
}

const known: ReadonlySet<string> = new Set([
  ...Object.keys(defaults),
  ...['args', 'cmd', 'dependencies', 'env', 'fetch', 'ipAddress', 'portDefinitions', 'ports', 'readinessChecks'],
  ...['residency', 'role', 'secrets', 'storeUrls', 'taskKillGracePeriodSeconds', 'uris', 'user'],
])

/** A field that is not known is dropped, as by the real one. */
export function appOf(id: string, asked: JsonObject, version: string, before: App | undefined): App {
  const own = Object.entries(asked).filter(([name, value]) => known.has(name) && value !== null)
  const { uris, ports, ...given } = Object.fromEntries(own)
  const definition: JsonObject = {
    ...defaults,
    ...given,
    ...(Array.isArray(uris) && uris.length > 0 ? { fetch: uris.map(uri => artifact({ uri })) } : {}),
    ...(Array.isArray(given.fetch) ? { fetch: given.fetch.map(artifact) } : {}),
    ...(Array.isArray(ports) && !given.portDefinitions ? { portDefinitions: ports.map(port => ({ port })) } : {}),
  }
  const app = {
    ...{ id, definition, version },
    instances: numberAt(definition, 'instances'),
    cpus: numberAt(definition, 'cpus'),
    mem: numberAt(definition, 'mem'),
  }
  return { ...app, configVersion: before && onlyScaled(before, definition) ? before.configVersion : version }
}

const artifact = (found: Json): Json =>
  isObject(found) ? { extract: true, executable: false, cache: false, ...found } : found

/** Then its tasks stay: anything else replaces all of them. */
export function onlyScaled(before: App, definition: JsonObject): boolean {
  const without = ({ instances: _, ...rest }: JsonObject) =>
    JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return without(before.definition) === without(definition)
}

/** `^(\/?((\.{1,2})|([a-z0-9][a-z0-9-.]*[a-z0-9])|[a-z0-9])…)+$`, but for the relative ones. */
const idPattern = /^\/?([a-z0-9]([a-z0-9.-]*[a-z0-9])?)(\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)*$/

export function violations(id: string, asked: JsonObject): readonly Violation[] {
  const found: Violation[] = []
  const broken = (path: string, error: string) => found.push({ path, errors: [error] })
  const isMissing = (name: string) => asked[name] === undefined || asked[name] === null
  const both = (one: string, other: string) => listAt(asked, one).length > 0 && listAt(asked, other).length > 0
  if (!idPattern.test(id)) broken('/id', 'must fully match the pattern of ids')
  if (isMissing('cmd') && isMissing('args') && isMissing('container'))
    broken('/', "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.")
  for (const name of ['instances', 'cpus', 'mem', 'disk'])
    if (!isMissing(name) && !(numberAt(asked, name) >= 0 && typeof asked[name] === 'number'))
      broken(`/${name}`, `got ${String(asked[name])}, expected 0 or more`)
  if (both('uris', 'fetch')) broken('/', 'cannot specify both uris and fetch fields')
  if (both('ports', 'portDefinitions')) broken('/', 'cannot specify both an IP address and port')
  if (numberAt(objectAt(asked, 'upgradeStrategy'), 'minimumHealthCapacity') > 1)
    broken('/upgradeStrategy/minimumHealthCapacity', 'is greater than 1')
  return found
}

/** What is stored; the reader of an older lab's data finds what it looks for. */
export function appFrom(value: Json): App {
  const id = textAt(value, 'id')
  const version = textAt(value, 'version')
  const app = appOf(id, objectAt(value, 'definition'), version, undefined)
  return { ...app, configVersion: textAt(value, 'configVersion') }
}
