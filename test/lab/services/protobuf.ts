// Protocol buffers by description: the few proto2 messages a Mesos log holds, to bytes and back, as JSON values.
import { isObject, type Json, type JsonObject } from './json.ts'

type Scalar = 'uint64' | 'int64' | 'uint32' | 'bool' | 'string' | 'bytes' | 'double'
type EnumType = { readonly names: Readonly<Record<string, number>> }
type MapType = { readonly map: MessageType }
export type MessageType = { readonly fields: Readonly<Record<string, Field>> }
type FieldType = Scalar | EnumType | MapType | (() => MessageType)
type Field = {
  readonly number: number
  readonly type: FieldType
  readonly repeated: boolean
  /** Read where the bytes lack the field: Mesos prints declared defaults. */
  readonly fallback?: Json
}

export const one = (number: number, type: FieldType): Field => ({ number, type, repeated: false })
export const many = (number: number, type: FieldType): Field => ({ number, type, repeated: true })
export const orElse = (fallback: Json, field: Field): Field => ({ ...field, fallback })
export const choice = (names: Record<string, number>): EnumType => ({ names })
export const message = (fields: Record<string, Field>): MessageType => ({ fields })

/** Bytes of a message given as JSON; `bytes` fields are base64 text. Names that the description lacks are an error. */
export function encode(type: MessageType, value: JsonObject): Buffer {
  const unknown = Object.keys(value).find(name => type.fields[name] === undefined)
  if (unknown !== undefined) throw new Error(`protobuf: no field named ${unknown}`)
  const fields = Object.entries(type.fields).sort(([, a], [, b]) => a.number - b.number)
  return Buffer.concat(
    fields.flatMap(([name, field]) => {
      const found = value[name]
      if (found === undefined || found === null) return []
      return entriesOf(field, found).map(entry => encodeField(field, entry))
    }),
  )
}

function entriesOf(field: Field, value: Json): readonly Json[] {
  if (typeof field.type === 'object' && 'map' in field.type && isObject(value)) {
    return Object.entries(value).map(([key, inner]) => ({ key, value: inner }))
  }
  return field.repeated && Array.isArray(value) ? value : [value]
}

function encodeField({ number, type }: Field, value: Json): Buffer {
  if (type === 'double') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(Number(value))
    return Buffer.concat([varint(BigInt(number * 8 + 1)), bytes])
  }
  const bytes = lengthDelimited(type, value)
  if (bytes !== undefined) return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes])
  return Buffer.concat([varint(BigInt(number * 8)), varint(wireNumber(type, value))])
}

function lengthDelimited(type: FieldType, value: Json): Buffer | undefined {
  if (type === 'string') return Buffer.from(String(value))
  if (type === 'bytes') return Buffer.from(String(value), 'base64')
  if (typeof type === 'function') return isObject(value) ? encode(type(), value) : Buffer.alloc(0)
  if (typeof type === 'object' && 'map' in type)
    return isObject(value) ? encode(mapEntry(type), value) : Buffer.alloc(0)
  return undefined
}

function wireNumber(type: FieldType, value: Json): bigint {
  if (typeof type === 'object' && 'names' in type) {
    const known = type.names[String(value)]
    if (known === undefined) throw new Error(`protobuf: no value named ${String(value)}`)
    return BigInt(known)
  }
  if (typeof value === 'boolean') return value ? 1n : 0n
  return BigInt.asUintN(64, BigInt(Math.round(Number(value))))
}

const mapEntry = (type: MapType): MessageType => message({ key: one(1, 'string'), value: one(2, () => type.map) })

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

/** A message as JSON. Fields that the description lacks are dropped; a cut-off message throws a RangeError. */
export function decode(type: MessageType, bytes: Buffer): JsonObject {
  const byNumber = new Map(Object.entries(type.fields).map(([name, field]) => [field.number, { name, field }]))
  const found: Record<string, Json> = {}
  const lists: Record<string, Json[]> = {}
  const maps: Record<string, Record<string, Json>> = {}
  let at = 0
  while (at < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, at)
    const [raw, next] = readWire(bytes, afterTag, Number(tag & 7n))
    at = next
    const known = byNumber.get(Number(tag >> 3n))
    if (known === undefined) continue
    const value = decodeField(known.field.type, raw)
    if (typeof known.field.type === 'object' && 'map' in known.field.type && isObject(value)) {
      maps[known.name] = { ...maps[known.name], [String(value.key)]: value.value ?? null }
    } else if (known.field.repeated) {
      lists[known.name] = [...(lists[known.name] ?? []), value]
    } else {
      found[known.name] = value
    }
  }
  const fallbacks = Object.entries(type.fields).flatMap(([name, { fallback }]) =>
    fallback === undefined ? [] : [[name, fallback]],
  )
  return { ...Object.fromEntries(fallbacks), ...found, ...lists, ...maps }
}

function readWire(bytes: Buffer, at: number, wire: number): [bigint | Buffer, number] {
  if (wire === 0) return readVarint(bytes, at)
  if (wire === 1) return [slice(bytes, at, 8), at + 8]
  if (wire === 5) return [slice(bytes, at, 4), at + 4]
  if (wire !== 2) throw new RangeError(`protobuf: wire type ${wire}`)
  const [length, start] = readVarint(bytes, at)
  return [slice(bytes, start, Number(length)), start + Number(length)]
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError(`protobuf: cut off at ${bytes.length}, wanted ${at + length}`)
  return bytes.subarray(at, at + length)
}

function readVarint(bytes: Buffer, from: number): [bigint, number] {
  let value = 0n
  for (let at = from, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes[at]
    if (byte === undefined) throw new RangeError(`protobuf: cut off at ${bytes.length}`)
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return [value, at + 1]
  }
}

function decodeField(type: FieldType, raw: bigint | Buffer): Json {
  if (typeof raw === 'bigint') {
    if (typeof type === 'object' && 'names' in type) {
      const known = Object.entries(type.names).find(([, number]) => BigInt(number) === raw)
      return known === undefined ? Number(raw) : known[0]
    }
    if (type === 'bool') return raw !== 0n
    return Number(type === 'int64' ? BigInt.asIntN(64, raw) : raw)
  }
  if (type === 'string') return raw.toString()
  if (type === 'bytes') return raw.toString('base64')
  if (type === 'double') return raw.readDoubleLE()
  if (typeof type === 'function') return decode(type(), raw)
  if (typeof type === 'object' && 'map' in type) return decode(mapEntry(type), raw)
  throw new RangeError('protobuf: a number where bytes were wanted')
}
