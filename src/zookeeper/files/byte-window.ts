// A window on bytes that arrive in pieces: the decoders ask for so many and read them in place; nothing before it is kept.

import { adler32 } from './adler32.ts'

type Pieces = AsyncIterable<Uint8Array>

const NOTHING = Buffer.alloc(0)

/**
 * Holds the bytes from `position` on that have arrived and were not yet taken. Pieces are never written to, so that
 * views into `bytes` stay valid after `take`.
 */
export class ByteWindow {
  /** Bytes that have arrived; those from `at` on are not yet taken. */
  bytes: Buffer = NOTHING
  at = 0
  #pieces: AsyncIterator<Uint8Array>
  #takenBefore = 0
  #summedTo = 0
  #sum = 1

  constructor(pieces: Pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** Bytes from the start of the stream to the next one to take. */
  get position(): number {
    return this.#takenBefore + this.at
  }

  get available(): number {
    return this.bytes.length - this.at
  }

  /** Waits until `count` bytes can be read at `at`; false if the stream ends before. */
  async fill(count: number): Promise<boolean> {
    if (this.available >= count) return true
    const kept: Uint8Array[] = [this.bytes.subarray(this.at)]
    let length = this.available
    while (length < count) {
      const next = await this.#pieces.next()
      if (next.done) break
      kept.push(next.value)
      length += next.value.length
    }
    this.#sumTaken()
    this.#takenBefore += this.at
    const only = kept.length === 2 && kept[0]?.length === 0 ? kept[1] : undefined
    this.bytes = only ? Buffer.from(only.buffer, only.byteOffset, only.length) : Buffer.concat(kept, length)
    this.at = 0
    this.#summedTo = 0
    return length >= count
  }

  take(count: number): void {
    this.at += count
  }

  /** Adler-32 of everything taken so far. */
  checksum(): number {
    this.#sumTaken()
    return this.#sum
  }

  /** The pieces are given back: a file or socket behind them is closed. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  #sumTaken(): void {
    this.#sum = adler32(this.bytes, this.#summedTo, this.at, this.#sum)
    this.#summedTo = this.at
  }
}
