// A window on bytes that arrive in pieces: the decoders ask for so many and read them in place; nothing before it is kept.

import { adler32Of } from './adler32.ts'

type Pieces = AsyncIterable<Uint8Array>

const NOTHING = Buffer.alloc(0)

/**
 * Holds the bytes from `position` on that have arrived and were not yet taken. Views into `bytes` stay valid after `take`,
 * until `fill` waits for more: a piece need be good only until the next one is asked for.
 */
export class ByteWindow {
  /** Bytes that have arrived; those from `at` on are not yet taken. */
  bytes: Buffer = NOTHING
  /** On the same bytes. */
  view = viewOf(NOTHING)
  at = 0
  readonly #pieces: AsyncIterator<Uint8Array>
  /** Of the last piece, what is not in `bytes` yet. */
  #left: Uint8Array | undefined
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
    const kept: Uint8Array[] = this.available > 0 ? [this.bytes.subarray(this.at)] : []
    let length = this.available
    this.#sumTaken()
    this.#takenBefore += this.at
    this.#summedTo = 0
    this.at = 0
    while (length < count) {
      // The next piece may be written where the last one was.
      const last = kept.pop()
      if (last) kept.push(Buffer.from(last))
      const piece = await this.#nextPiece()
      if (!piece) break
      // What straddles two pieces is put together from both; the rest of the second is read where it is.
      const wanted = kept.length === 0 ? piece.length : Math.min(count - length, piece.length)
      kept.push(piece.subarray(0, wanted))
      length += wanted
      if (wanted < piece.length) this.#left = piece.subarray(wanted)
    }
    const [only] = kept
    this.bytes = only && kept.length === 1 ? asBuffer(only) : Buffer.concat(kept, length)
    this.view = viewOf(this.bytes)
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

  async #nextPiece(): Promise<Uint8Array | undefined> {
    const left = this.#left
    this.#left = undefined
    if (left) return left
    const next = await this.#pieces.next()
    return next.done ? undefined : next.value
  }

  #sumTaken(): void {
    this.#sum = adler32Of(this.view, this.#summedTo, this.at, this.#sum)
    this.#summedTo = this.at
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
