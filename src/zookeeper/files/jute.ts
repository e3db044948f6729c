// Jute, the encoding of ZooKeeper's records: big-endian numbers, strings and buffers behind their length, no tags.

import { DamagedFile } from './damage.ts'

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
    return this.bytes.readInt32BE(this.#pass(4, 'an int'))
  }

  /** Signed. */
  long(): bigint {
    return this.bytes.readBigInt64BE(this.#pass(8, 'a long'))
  }

  /** For zxids and session ids, which may have bit 63 set. */
  unsignedLong(): bigint {
    return this.bytes.readBigUInt64BE(this.#pass(8, 'a long'))
  }

  /** For times in ms, which a number holds exactly. */
  time(): number {
    const at = this.#pass(8, 'a time')
    return this.bytes.readInt32BE(at) * 0x1_0000_0000 + this.bytes.readUInt32BE(at + 4)
  }

  boolean(): boolean {
    return this.bytes[this.#pass(1, 'a boolean')] !== 0
  }

  /** Null (length -1) and empty are different values. The result is a view, not a copy. */
  buffer(): Buffer | null {
    const start = this.offset
    const length = this.int()
    if (length === -1) return null
    if (length < 0 || length > this.left) {
      throw new DamagedFile(start, `a length of at most ${this.left}`, String(length))
    }
    return this.bytes.subarray(this.#pass(length, 'bytes'), this.at)
  }

  string(): Buffer {
    const start = this.offset
    const string = this.buffer()
    if (string === null) throw new DamagedFile(start, 'a string', 'null')
    return string
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
