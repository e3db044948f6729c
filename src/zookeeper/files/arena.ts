// Memory for many small pieces of bytes without an object for each: blocks, cut up, and what is given back used again by size.

const BLOCK_BYTES = 1024 * 1024
/** Pieces begin at a multiple of it, so that a place is a number of 32 bits. */
const UNIT = 8
const UNITS_PER_BLOCK = BLOCK_BYTES / UNIT
/** A larger piece has a block of its own, and the system has it back when the piece is. */
const LARGEST_SHARED = BLOCK_BYTES / 8
const MOST_BLOCKS = 2 ** 32 / UNITS_PER_BLOCK

export class Block {
  readonly bytes: Buffer
  /** On the same bytes. */
  readonly view: DataView

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size)
  }
}

const NOTHING = new Block(0)

export class Arena {
  readonly #blocks: Block[] = [NOTHING]
  /** Numbers of blocks that large pieces had. */
  readonly #freeBlocks: number[] = []
  /** By size in units: the place of a piece that was given back, whose first bytes have the place of the next one. */
  readonly #free = new Uint32Array(LARGEST_SHARED / UNIT + 1)
  #shared = 0
  #used = BLOCK_BYTES

  /** A piece of at least so many bytes, of which `sizeFor` says how many it has; never 0. */
  take(bytes: number): number {
    const size = sizeFor(bytes)
    if (size > LARGEST_SHARED) return this.#add(size) * UNITS_PER_BLOCK
    const units = size / UNIT
    const again = this.#free[units] ?? 0
    if (again !== 0) {
      this.#free[units] = this.block(again).view.getUint32(this.start(again))
      return again
    }
    if (this.#used + size > BLOCK_BYTES) {
      this.#shared = this.#add(BLOCK_BYTES)
      this.#used = 0
    }
    const place = this.#shared * UNITS_PER_BLOCK + this.#used / UNIT
    this.#used += size
    return place
  }

  /** `bytes`: as it was taken. */
  giveBack(place: number, bytes: number): void {
    const size = sizeFor(bytes)
    if (size > LARGEST_SHARED) {
      const number = Math.floor(place / UNITS_PER_BLOCK)
      this.#blocks[number] = NOTHING
      this.#freeBlocks.push(number)
      return
    }
    this.block(place).view.setUint32(this.start(place), this.#free[size / UNIT] ?? 0)
    this.#free[size / UNIT] = place
  }

  block(place: number): Block {
    return this.#blocks[place >>> 17] ?? NOTHING
  }

  /** The first byte in its block. */
  start(place: number): number {
    return (place & (UNITS_PER_BLOCK - 1)) * UNIT
  }

  #add(size: number): number {
    const block = new Block(size)
    const free = this.#freeBlocks.pop()
    if (free !== undefined) {
      this.#blocks[free] = block
      return free
    }
    const number = this.#blocks.push(block) - 1
    if (number >= MOST_BLOCKS) throw new RangeError(`more than ${MOST_BLOCKS} blocks of znodes`)
    return number
  }
}

/** Few sizes, so that a piece that was given back fits the next: multiples of 8 up to 512 bytes, then eight steps to each doubling. */
export function sizeFor(bytes: number): number {
  if (bytes <= 512) return Math.max(UNIT, Math.ceil(bytes / UNIT) * UNIT)
  const step = 2 ** (28 - Math.clz32(bytes - 1))
  return Math.ceil(bytes / step) * step
}
