// Lines that wait for the end, compressed: in the order of their znodes' first coming, each in its latest form.
import { promisify } from 'node:util'
import { zstdCompressSync, zstdDecompress } from 'node:zlib'
import type { ByteString } from '../pipeline/frame-writer.ts'

const pieceBytes = 1024 * 1024

const decompressed = promisify(zstdDecompress)

export class KeptLines {
  readonly #pieces: Buffer[] = []
  readonly #places = new Map<ByteString, number>()
  /** Of lines that were packed away already: what they are now; null: nothing. */
  readonly #now = new Map<number, string | null>()
  #piece: string[] = []
  #size = 0
  #next = 0

  put(path: ByteString, line: string): void {
    const place = this.#places.get(path)
    if (place !== undefined) {
      this.#now.set(place, line)
      return
    }
    this.#places.set(path, this.#next++)
    this.#piece.push(line)
    this.#size += line.length
    if (this.#size >= pieceBytes) this.flush()
  }

  remove(path: ByteString): void {
    const place = this.#places.get(path)
    if (place === undefined) return
    this.#now.set(place, null)
    this.#places.delete(path)
  }

  flush(): void {
    if (this.#piece.length === 0) return
    this.#pieces.push(zstdCompressSync(this.#piece.join('\n')))
    this.#piece = []
    this.#size = 0
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    let place = 0
    for (const piece of this.#pieces) {
      const text = (await decompressed(piece)).toString('utf8')
      const lines: string[] = []
      for (const line of text.split('\n')) {
        const now = this.#now.get(place++)
        if (now !== null) lines.push(now ?? line)
      }
      if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`)
    }
  }
}
