// What the registry of the Mesos masters holds: as JSON like `/registrar(1)/registry`, and in short, typed.
import type { Place } from './damage.ts'
import { WireMessage } from './protobuf.ts'
import { registrySchema } from './registry-schema.ts'
import type { Variable } from './replica.ts'
import { type Decoded, toJson } from './schema.ts'

/** The registry's variable in the log (apache/mesos src/master/registrar.cpp). */
export const registryVariable = 'registry'

/** An agent the masters count as lost; `since` is RFC 3339, to the millisecond. */
interface LostAgent {
  readonly id: string
  readonly since: string
}

interface Quota {
  readonly role: string
  /** By resource name. */
  readonly guarantees: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, number>>
}

export interface RegistrySummary {
  readonly agents: readonly { readonly id: string; readonly hostname: string }[]
  readonly unreachable: readonly LostAgent[]
  readonly gone: readonly LostAgent[]
  readonly quotas: readonly Quota[]
  readonly weights: readonly { readonly role: string; readonly weight: number }[]
  /** Masters without one of these exit when they read this registry. */
  readonly minimumCapabilities: readonly string[]
}

/** @throws LogDamage when a required field is missing anywhere in it */
export function registryJson(variable: Variable): Decoded {
  return toJson(wire(variable), registrySchema)
}

/** @throws LogDamage */
export function summarizeRegistry(variable: Variable): RegistrySummary {
  const registry = wire(variable)
  return {
    agents: list(registry, 2, 'slaves').map(slave => {
      const info = slave.required(slave.message(1, 'info'), 'info')
      return { id: idOf(info, 6), hostname: info.required(info.text(1), 'hostname') }
    }),
    unreachable: list(registry, 7, 'unreachable').map(lostAgent),
    gone: list(registry, 8, 'gone').map(lostAgent),
    quotas: [...registry.messages(5, 'quotas').map(oldQuota), ...registry.messages(11, 'quota_configs').map(quota)],
    weights: registry.messages(6, 'weights').map(weight => {
      const info = weight.required(weight.message(1, 'info'), 'info')
      return { role: info.text(2) ?? '*', weight: info.required(info.double(1), 'weight') }
    }),
    minimumCapabilities: registry
      .messages(10, 'minimum_capabilities')
      .map(item => item.required(item.text(1), 'capability')),
  }
}

function wire({ value, position }: Variable): WireMessage {
  const place: Place = { file: `registry at position ${position}`, offset: 0 }
  return new WireMessage(value, 'registry', place)
}

/** `Slaves`, `UnreachableSlaves` and `GoneSlaves` are each one message with a list in it. */
function list(registry: WireMessage, number: number, name: string): WireMessage[] {
  return registry.message(number, name)?.messages(1, 'slaves') ?? []
}

function idOf(message: WireMessage, number: number): string {
  const id = message.required(message.message(number, 'id'), 'id')
  return id.required(id.text(1), 'value')
}

function lostAgent(agent: WireMessage): LostAgent {
  const timestamp = agent.required(agent.message(2, 'timestamp'), 'timestamp')
  const nanoseconds = BigInt.asIntN(64, timestamp.required(timestamp.varint(1), 'nanoseconds'))
  return { id: idOf(agent, 1), since: new Date(Number(nanoseconds / 1_000_000n)).toISOString() }
}

function quota(config: WireMessage): Quota {
  const amounts = (number: number, name: string) =>
    Object.fromEntries(
      config.messages(number, name).map(entry => [entry.text(1) ?? '', entry.message(2, 'value')?.double(1) ?? 0]),
    )
  return {
    role: config.required(config.text(1), 'role'),
    guarantees: amounts(2, 'guarantees'),
    limits: amounts(3, 'limits'),
  }
}

/** Before quota v2 (Mesos 1.9) a guarantee was a limit too (apache/mesos docs/quota.md). */
function oldQuota(quota: WireMessage): Quota {
  const info = quota.required(quota.message(1, 'info'), 'info')
  const guarantees = Object.fromEntries(
    info
      .messages(3, 'guarantee')
      .map(resource => [resource.required(resource.text(1), 'name'), resource.message(3, 'scalar')?.double(1) ?? 0]),
  )
  return { role: info.text(1) ?? '*', guarantees, limits: guarantees }
}
