// Whether a tar came to its end, a block of zeros where the next header would be. A reader of tar does not miss that
// block when the tar is cut between two files, and zeros alone may be the end of a file in it.

const BLOCK_BYTES = 512
const SIZE_AT = 124
const SIZE_BYTES = 12
const TYPE_AT = 156

/** Watches the bytes of a tar as they pass. */
export class TarEnd {
  readonly #header = Buffer.alloc(BLOCK_BYTES)
  #filled = 0
  /** Bytes of the entry under way that are still to come. */
  #left = 0
  /** Whether the tar's end has passed. */
  reached = false

  pass(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.reached; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, piece.length - at)
        this.#left -= skipped
        at += skipped
        continue
      }
      const part = piece.subarray(at, at + BLOCK_BYTES - this.#filled)
      this.#header.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === BLOCK_BYTES) this.#readHeader()
    }
  }

  #readHeader(): void {
    this.#filled = 0
    if (this.#header.every(byte => byte === 0)) this.reached = true
    else this.#left = Math.ceil(sizeIn(this.#header) / BLOCK_BYTES) * BLOCK_BYTES
  }
}

/** Octal, or for more than 8 GiB binary with the highest bit set (GNU tar). Links, devices and folders have no bytes. */
function sizeIn(header: Buffer): number {
  const type = header[TYPE_AT] ?? 0
  if (type >= 0x31 && type <= 0x36) return 0
  if (header.readUInt8(SIZE_AT) >= 0x80) return Number(header.readBigUInt64BE(SIZE_AT + SIZE_BYTES - 8))
  return Number.parseInt(
    header
      .toString('latin1', SIZE_AT, SIZE_AT + SIZE_BYTES)
      .replaceAll('\0', ' ')
      .trim() || '0',
    8,
  )
}

/** The same bytes; throws at their end if it is not a tar's. */
export async function* wholeTar(pieces: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const end = new TarEnd()
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) throw new TypeError('a tar is made of bytes')
    end.pass(piece)
    yield piece
  }
  if (!end.reached) throw new Error('the archive was cut off: the end of the tar is missing')
}
