// Reads protocol buffers as they lie on the wire: numbered fields in their order, unknown ones kept (protobuf.dev/programming-guides/encoding).
import { Cursor } from './cursor.ts'
import { LogDamage, type Place } from './damage.ts'

/** One field as found. `bits` holds a fixed64 or fixed32 in its little-endian bytes. */
export type WireField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly number: number; readonly kind: 'fixed64' | 'fixed32'; readonly bits: Uint8Array }

/** A message without a schema: every field, known or not, in the order in which it was written. `name` and `place` are for errors. */
export class WireMessage {
  readonly name: string
  readonly place: Place
  readonly fields: readonly WireField[]

  /** @throws LogDamage when the bytes are no sequence of fields */
  constructor(bytes: Uint8Array, name: string, place: Place) {
    this.name = name
    this.place = place
    this.fields = readFields(bytes, name, place)
  }

  /** The last value of a varint field, which is what proto2 makes of repetitions. */
  varint(number: number): bigint | undefined {
    return this.#all(number).reduce<bigint | undefined>((_, field) => this.asVarint(field), undefined)
  }

  bytes(number: number): Uint8Array | undefined {
    return this.#all(number).reduce<Uint8Array | undefined>((_, field) => this.asBytes(field), undefined)
  }

  text(number: number): string | undefined {
    const bytes = this.bytes(number)
    return bytes && Buffer.from(bytes).toString('utf8')
  }

  double(number: number): number | undefined {
    return this.#all(number).reduce<number | undefined>((_, field) => this.asDouble(field), undefined)
  }

  /** An optional sub-message; repetitions of it are merged, as proto2 does. */
  message(number: number, name: string): WireMessage | undefined {
    const parts = this.#all(number).map(field => this.asBytes(field))
    return parts.length === 0 ? undefined : new WireMessage(Buffer.concat(parts), `${this.name}.${name}`, this.place)
  }

  messages(number: number, name: string): WireMessage[] {
    return this.#all(number).map(
      (field, index) => new WireMessage(this.asBytes(field), `${this.name}.${name}[${index}]`, this.place),
    )
  }

  asVarint(field: WireField): bigint {
    return field.kind === 'varint' ? field.value : this.#wrongKind(field, 'a varint')
  }

  asBytes(field: WireField): Uint8Array {
    return field.kind === 'bytes' ? field.value : this.#wrongKind(field, 'bytes')
  }

  asDouble(field: WireField): number {
    if (field.kind !== 'fixed64') return this.#wrongKind(field, 'a double')
    return new DataView(field.bits.buffer, field.bits.byteOffset, 8).getFloat64(0, true)
  }

  /** For a field that proto2 requires. */
  required<T>(value: T | undefined, field: string): T {
    if (value === undefined) throw new LogDamage(this.place, `${this.name}: the required field ${field} is missing`)
    return value
  }

  #all(number: number): WireField[] {
    return this.fields.filter(field => field.number === number)
  }

  #wrongKind(field: WireField, wanted: string): never {
    throw new LogDamage(this.place, `${this.name}: field ${field.number} is a ${field.kind}, ${wanted} was expected`)
  }
}

function readFields(bytes: Uint8Array, name: string, place: Place): WireField[] {
  const cursor = new Cursor(bytes, place)
  const fields: WireField[] = []
  while (!cursor.done) {
    const tag = cursor.count()
    const number = Math.floor(tag / 8)
    if (number === 0) throw new LogDamage(place, `${name}: a field has the number 0`)
    fields.push(readField(number, tag % 8, cursor, name, place))
  }
  return fields
}

function readField(number: number, type: number, cursor: Cursor, name: string, place: Place): WireField {
  switch (type) {
    case 0:
      return { number, kind: 'varint', value: cursor.varint() }
    case 1:
      return { number, kind: 'fixed64', bits: cursor.take(8) }
    case 2:
      return { number, kind: 'bytes', value: cursor.prefixed() }
    case 5:
      return { number, kind: 'fixed32', bits: cursor.take(4) }
    default:
      throw new LogDamage(place, `${name}: field ${number} has the unknown wire type ${type}`)
  }
}
