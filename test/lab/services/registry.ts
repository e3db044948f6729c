// Changes of the Mesos Registry as pure functions: admit, mark unreachable, note the leader. And agents out of it.
// Shape: apache/mesos src/master/registry.proto; changes: src/master/{registry_operations,master}.cpp.
import { isObject, type Json, type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts'
import type { AgentInfo, Unreachable } from './mesos-model.ts'
import { anyRole, totalList } from './mesos-resources.ts'

export const withLeader =
  (info: JsonObject) =>
  (registry: JsonObject): JsonObject => ({ ...registry, master: { info } })

const idOf = (entry: Json): string => textAt(objectAt(entry, 'id'), 'value')
const admittedId = (entry: Json): string => idOf(objectAt(entry, 'info'))
const admitted = (registry: JsonObject): readonly Json[] => listAt(objectAt(registry, 'slaves'), 'slaves')
const lost = (registry: JsonObject): readonly Json[] => listAt(objectAt(registry, 'unreachable'), 'slaves')

function withLists(registry: JsonObject, slaves: readonly Json[], unreachable: readonly Json[]): JsonObject {
  return { ...registry, slaves: { slaves }, unreachable: { slaves: unreachable } }
}

/** The agent is admitted; where it was unreachable before, it is no longer. */
export const admit =
  (info: AgentInfo) =>
  (registry: JsonObject): JsonObject => {
    const others = admitted(registry).filter(entry => admittedId(entry) !== info.id)
    return withLists(
      registry,
      [...others, { info: slaveInfo(info), deactivated: false }],
      lost(registry).filter(entry => idOf(entry) !== info.id),
    )
  }

/** The agent is moved to the unreachable ones; `seconds` is the unix time. */
export const markUnreachable =
  (id: string, seconds: number) =>
  (registry: JsonObject): JsonObject => {
    const entry = { id: { value: id }, timestamp: { nanoseconds: Math.round(seconds * 1e9) }, deactivated: false }
    return withLists(
      registry,
      admitted(registry).filter(found => admittedId(found) !== id),
      [...lost(registry).filter(found => idOf(found) !== id), entry],
    )
  }

function slaveInfo(info: AgentInfo): JsonObject {
  return {
    hostname: info.hostname,
    port: info.port,
    resources: totalList(info, anyRole),
    attributes: Object.entries(info.attributes).map(([name, value]) => ({ name, type: 'TEXT', text: { value } })),
    id: { value: info.id },
    checkpoint: true,
  }
}

export function agentsIn(registry: JsonObject): readonly AgentInfo[] {
  return admitted(registry).map(entry => {
    const info = objectAt(entry, 'info')
    const resource = (name: string): JsonObject =>
      listAt(info, 'resources')
        .filter(isObject)
        .find(found => found.name === name) ?? {}
    const scalar = (name: string): number => numberAt(objectAt(resource(name), 'scalar'), 'value')
    const range = listAt(objectAt(resource('ports'), 'ranges'), 'range')[0]
    const attributes = listAt(info, 'attributes').map(found => [
      textAt(found, 'name'),
      textAt(objectAt(found, 'text'), 'value'),
    ])
    return {
      id: idOf(info),
      hostname: textAt(info, 'hostname'),
      port: numberAt(info, 'port'),
      attributes: Object.fromEntries(attributes),
      cpus: scalar('cpus'),
      mem: scalar('mem'),
      disk: scalar('disk'),
      ports: { begin: numberAt(range, 'begin'), end: numberAt(range, 'end') },
    }
  })
}

export function unreachableIn(registry: JsonObject): readonly Unreachable[] {
  return lost(registry).map(entry => ({
    id: idOf(entry),
    since: numberAt(objectAt(entry, 'timestamp'), 'nanoseconds') / 1e9,
  }))
}
