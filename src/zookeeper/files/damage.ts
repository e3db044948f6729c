// How the decoders say that a file is not what it should be: where, what was expected, what was there instead.

/** A finding about one file, in words for the operator. */
export interface Note {
  readonly file: string
  /** Bytes from the start of the file (of the uncompressed stream, where the file is compressed). */
  readonly offset: number
  readonly expected: string
  readonly saw: string
}

/** Thrown by the decoders at the first byte that can't be what a ZooKeeper server wrote. */
export class DamagedFile extends Error {
  readonly offset: number
  readonly expected: string
  readonly saw: string

  constructor(offset: number, expected: string, saw: string) {
    super(`at byte ${offset}: expected ${expected}, saw ${saw}`)
    this.name = 'DamagedFile'
    this.offset = offset
    this.expected = expected
    this.saw = saw
  }

  in(file: string): Note {
    return { file, offset: this.offset, expected: this.expected, saw: this.saw }
  }
}

export const hex = (value: bigint | number): string => `0x${value.toString(16)}`
