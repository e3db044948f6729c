// Turns a wire message into JSON by a schema, the way Mesos does (apache/mesos 3rdparty/stout/include/stout/protobuf.hpp).
import type { WireField, WireMessage } from './protobuf.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

type Scalar = 'string' | 'bool' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'double'

type FieldType = Scalar | Enum | { readonly message: Schema }

/** Names by number, the first of them for `from`. */
interface Enum {
  readonly enum: readonly string[]
  readonly from: number
}

export interface PlainField {
  readonly name: string
  readonly type: FieldType
  readonly rule: 'required' | 'optional' | 'repeated'
  /** What Mesos shows where the field is not set. */
  readonly default?: Json
}

/** map<string, message>: on the wire a repeated message of key and value. */
export interface MapField {
  readonly name: string
  readonly rule: 'map'
  readonly value: Schema
}

export type Field = PlainField | MapField

/** Fields by their numbers. */
export type Schema = Readonly<Record<number, Field>>

export const required = (name: string, type: FieldType): PlainField => ({ name, type, rule: 'required' })
export const optional = (name: string, type: FieldType): PlainField => ({ name, type, rule: 'optional' })
export const defaulted = (name: string, type: FieldType, value: Json): PlainField => ({
  name,
  type,
  rule: 'optional',
  default: value,
})
export const repeated = (name: string, type: FieldType): PlainField => ({ name, type, rule: 'repeated' })
export const mapped = (name: string, value: Schema): MapField => ({ name, rule: 'map', value })
export const oneOf = (from: number, ...names: readonly string[]): FieldType => ({ enum: names, from })

export interface Decoded {
  readonly json: { readonly [key: string]: Json }
  /** Paths of fields that the schema does not know, e.g. `slaves.slaves[0].info.field 12`. They are in the bytes and not in the JSON. */
  readonly unknown: readonly string[]
}

/**
 * Integers beyond 2^53 stay numbers where a double holds them exactly (as Mesos' own nanoseconds do), else they become decimal text.
 *
 * @throws LogDamage when a required field is missing or a field is of another kind than the schema says
 */
export function toJson(message: WireMessage, schema: Schema): Decoded {
  const unknown: string[] = []
  return { json: project(message, schema, unknown), unknown }
}

type JsonObject = Decoded['json']

/** Adds the paths of what it could not place to `unknown`. */
function project(message: WireMessage, schema: Schema, unknown: string[]): JsonObject {
  const json: Record<string, Json> = {}
  for (const { number } of message.fields) {
    if (schema[number] === undefined) unknown.push(`${message.name}.field ${number}`)
  }
  for (const [key, field] of Object.entries(schema)) {
    const value = fieldJson(message, Number(key), field, unknown) ?? (field.rule === 'map' ? undefined : field.default)
    if (value !== undefined) json[field.name] = value
    else if (field.rule === 'required') message.required(undefined, field.name)
  }
  return json
}

function fieldJson(message: WireMessage, number: number, field: Field, unknown: string[]): Json | undefined {
  if (field.rule === 'map') {
    const entry: Schema = { 1: defaulted('key', 'string', ''), 2: optional('value', { message: field.value }) }
    const entries = message.messages(number, field.name).map(part => project(part, entry, unknown))
    return entries.length > 0
      ? Object.fromEntries(entries.map(({ key, value }) => [String(key), value ?? null]))
      : undefined
  }
  const { name, type, rule } = field
  if (typeof type === 'object' && 'message' in type && rule !== 'repeated') {
    const single = message.message(number, name)
    return single && project(single, type.message, unknown)
  }
  const found =
    typeof type === 'object' && 'message' in type
      ? message.messages(number, name).map(part => project(part, type.message, unknown))
      : message.fields
          .filter(wire => wire.number === number)
          .flatMap(wire => scalarJson(message, name, wire, type, unknown) ?? [])
  if (found.length === 0) return undefined
  return rule === 'repeated' ? found : found.at(-1)
}

function scalarJson(
  message: WireMessage,
  name: string,
  field: WireField,
  type: Scalar | Enum,
  unknown: string[],
): Json | undefined {
  if (typeof type === 'object') {
    // A name that only newer masters know is no damage: proto2 counts it among the unknown fields.
    const number = Number(message.asVarint(field))
    const known = type.enum[number - type.from]
    if (known === undefined) unknown.push(`${message.name}.${name} = ${number}`)
    return known
  }
  switch (type) {
    case 'string':
      return Buffer.from(message.asBytes(field)).toString('utf8')
    case 'bool':
      return message.asVarint(field) !== 0n
    case 'double':
      return message.asDouble(field)
    case 'int32':
    case 'int64':
      return integer(BigInt.asIntN(64, message.asVarint(field)))
    case 'uint32':
    case 'uint64':
      return integer(message.asVarint(field))
  }
}

function integer(value: bigint): number | string {
  const number = Number(value)
  return BigInt(number) === value ? number : value.toString()
}
