// Reads little-endian numbers and varints off a run of bytes, and names the place when they end too early.
import { LogDamage, type Place } from './damage.ts'

/** A position in some bytes that only moves forward. Whatever does not fit is a LogDamage at `place`. */
export class Cursor {
  readonly #bytes: Uint8Array
  readonly #place: Place
  #at = 0

  constructor(bytes: Uint8Array, place: Place) {
    this.#bytes = bytes
    this.#place = place
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new LogDamage(this.#place, 'ends too early')
    this.#at++
    return byte
  }

  take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) {
      throw new LogDamage(this.#place, `${length} bytes announced, ${this.#bytes.length - this.#at} left`)
    }
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Varint of at most 64 bits. */
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new LogDamage(this.#place, 'a varint does not end')
  }

  /** Varint that counts something: a length, an offset, a file number. Beyond 2^53 it can only be damage. */
  count(): number {
    const value = this.varint()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new LogDamage(this.#place, `${value} is too large to be a size`)
    return Number(value)
  }

  /** Varint length, then that many bytes. */
  prefixed(): Uint8Array {
    return this.take(this.count())
  }
}

export function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
}

export function uint64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at, true)
}

/** One character per byte, so that comparing the strings compares the bytes. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
