// Sees whether a tar stream came to its end: tar-stream accepts one that stops between two entries, where a dropped line may well cut it.
import { Transform } from 'node:stream'

const blockSize = 512

/**
 * Passes a tar stream on and walks its headers, until the two empty blocks that end an archive (POSIX pax, ustar interchange format).
 * It looks at nothing but each header's size field; what the entries are is tar-stream's affair.
 */
export class EndMark extends Transform {
  /** Bytes that passed. */
  bytes = 0
  readonly #block = Buffer.alloc(blockSize)
  #filled = 0
  #content = 0
  #emptyBlocks = 0

  get reached(): boolean {
    return this.#emptyBlocks >= 2
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length
    for (let at = 0; at < chunk.length && !this.reached; )
      at += this.#content > 0 ? this.#skip(chunk, at) : this.#read(chunk, at)
    done(null, chunk)
  }

  #skip(chunk: Buffer, at: number): number {
    const length = Math.min(this.#content, chunk.length - at)
    this.#content -= length
    return length
  }

  #read(chunk: Buffer, at: number): number {
    const length = chunk.copy(this.#block, this.#filled, at)
    this.#filled += length
    if (this.#filled === blockSize) {
      this.#filled = 0
      const empty = this.#block.every(byte => byte === 0)
      this.#emptyBlocks = empty ? this.#emptyBlocks + 1 : 0
      const size = empty ? 0 : Number.parseInt(this.#block.toString('latin1', 124, 136), 8) || 0
      this.#content = Math.ceil(size / blockSize) * blockSize
    }
    return length
  }
}
