// Bytes where they lie, told by their borders: a record's paths and data come by the million, and most are only hashed or copied.

export class Span {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  get length(): number {
    return this.end - this.start
  }

  /** A char for each byte: as a key of the tree, where these are a path. */
  latin1(): string {
    return this.bytes.toString('latin1', this.start, this.end)
  }

  get isAscii(): boolean {
    for (let at = this.start; at < this.end; at++) if ((this.bytes[at] ?? 0) > 0x7f) return false
    return true
  }

  /** Where, in `bytes`, the last slash is; below `start` if there is none. */
  get lastSlash(): number {
    return lastSlash(this.bytes, this.start, this.end)
  }

  /** Whether these bytes are first here. */
  startsWith(first: Uint8Array): boolean {
    if (first.length > this.length) return false
    for (let at = 0; at < first.length; at++) if (this.bytes[this.start + at] !== first[at]) return false
    return true
  }
}

const SLASH = 0x2f

export function lastSlash(bytes: Uint8Array, start: number, end: number): number {
  let at = end - 1
  while (at >= start && bytes[at] !== SLASH) at--
  return at
}
