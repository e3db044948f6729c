// Jute, the encoding of ZooKeeper's records: big-endian numbers, strings and buffers behind their length, no tags.

import { int32, int64, time64, uint64 } from './big-endian.ts'
import { DamagedFile } from './damage.ts'
import { OPEN_ACL, openAclAt } from './open-acl.ts'
import { Span } from './span.ts'

/** Who may do what: `perms` READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16. Strings as the bytes on disk. */
export interface Acl {
  readonly perms: number
  readonly scheme: Buffer
  readonly id: Buffer
}

/** Reads one record in place; each method moves on. Throws `DamagedFile` with offsets counted from `origin`. */
export class JuteReader {
  readonly bytes: Buffer
  readonly end: number
  at: number
  readonly #origin: number

  /** Reads `bytes[start, end)`; `origin` is the file's offset of `bytes[0]`. */
  constructor(bytes: Buffer, start = 0, end = bytes.length, origin = 0) {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.#origin = origin
  }

  get left(): number {
    return this.end - this.at
  }

  get offset(): number {
    return this.#origin + this.at
  }

  int(): number {
    return int32(this.bytes, this.#pass(4, 'an int'))
  }

  /** Signed. */
  long(): bigint {
    return int64(this.bytes, this.#pass(8, 'a long'))
  }

  /** For zxids and session ids, which may have bit 63 set. */
  unsignedLong(): bigint {
    return uint64(this.bytes, this.#pass(8, 'a long'))
  }

  /** For times in ms, which a number holds exactly. */
  time(): number {
    return time64(this.bytes, this.#pass(8, 'a time'))
  }

  boolean(): boolean {
    return this.bytes[this.#pass(1, 'a boolean')] !== 0
  }

  /** Null (length -1) and empty are different values. The result is a view, not a copy. */
  buffer(): Buffer | null {
    const start = this.#counted()
    return start === -1 ? null : this.bytes.subarray(start, this.at)
  }

  string(): Buffer {
    const start = this.#string()
    return this.bytes.subarray(start, this.at)
  }

  /** As `buffer`, without an object that knows how to be one. */
  span(): Span | null {
    const start = this.#counted()
    return start === -1 ? null : new Span(this.bytes, start, this.at)
  }

  /** As `string`, without an object that knows how to be one. */
  text(): Span {
    const start = this.#string()
    return new Span(this.bytes, start, this.at)
  }

  /** Reads what is in a buffer; nothing, where it is null. */
  within(): JuteReader {
    const start = this.#counted()
    return new JuteReader(this.bytes, start === -1 ? this.at : start, this.at, this.#origin)
  }

  /** A vector's elements; null (count -1) gives null. */
  vector<T>(element: () => T): T[] | null {
    const start = this.offset
    const count = this.int()
    if (count === -1) return null
    if (count < 0 || count > this.left) throw new DamagedFile(start, 'a count of elements', String(count))
    const elements: T[] = []
    while (elements.length < count) elements.push(element())
    return elements
  }

  acl(): Acl {
    return { perms: this.int(), scheme: this.string(), id: this.string() }
  }

  /** A vector of them; the open one is always the same value. */
  acls(): readonly Acl[] | null {
    const open = openAclAt(this.bytes, this.at, this.end)
    if (open === 0) return this.vector(() => this.acl())
    this.at += open
    return OPEN_ACL
  }

  /** Passes a length and as many bytes, and says where these begin; -1: null. */
  #counted(): number {
    const start = this.offset
    const length = this.int()
    if (length === -1) return -1
    if (length < 0 || length > this.left) {
      throw new DamagedFile(start, `a length of at most ${this.left}`, String(length))
    }
    return this.#pass(length, 'bytes')
  }

  #string(): number {
    const offset = this.offset
    const start = this.#counted()
    if (start === -1) throw new DamagedFile(offset, 'a string', 'null')
    return start
  }

  #pass(count: number, what: string): number {
    const at = this.at
    if (count > this.end - at) throw new DamagedFile(this.offset, `${what} of ${count} bytes`, `only ${this.left} more`)
    this.at = at + count
    return at
  }
}

/**
 * A string as ZooKeeper shows it. Java writes a character beyond the BMP as two surrogates of three bytes each
 * (org.apache.jute.BinaryOutputArchive.stringToByteBuffer) and reads each of these back as one U+FFFD.
 */
export function renderText(bytes: Buffer): string {
  if (!bytes.includes(0xed)) return bytes.toString('utf8')
  const shown = Buffer.from(bytes)
  for (let at = shown.indexOf(0xed); at >= 0; at = shown.indexOf(0xed, at + 1)) {
    const second = shown[at + 1] ?? 0
    const third = shown[at + 2] ?? 0
    if (second >= 0xa0 && second <= 0xbf && third >= 0x80 && third <= 0xbf) shown.set([0xef, 0xbf, 0xbd], at)
  }
  return shown.toString('utf8')
}
