// Decodes one raw Snappy block, as LevelDB tables and ZooKeeper's snappy streams carry them (google/snappy format_description.txt).

/** The bytes are no whole Snappy block. `offset` counts from the start of the compressed bytes. */
export class SnappyDamage extends Error {
  readonly offset: number

  constructor(offset: number, problem: string) {
    super(`Snappy block damaged at byte ${offset}: ${problem}`)
    this.name = 'SnappyDamage'
    this.offset = offset
  }
}

/**
 * Decompresses one raw Snappy block. `limit` is the most bytes the block may claim to hold; it is checked before memory is taken.
 *
 * @throws SnappyDamage when the block is cut off, points outside itself, or holds more or less than it says.
 */
export function decodeSnappy(block: Uint8Array, limit: number): Uint8Array {
  const { size, start } = claimedSize(block)
  if (size > limit) throw new SnappyDamage(0, `it claims to hold ${size} bytes, more than the ${limit} allowed`)

  const output = new Uint8Array(size)
  let written = 0
  let at = start

  const claim = (length: number): number => {
    if (written + length > size) throw new SnappyDamage(at, `it holds more than the ${size} bytes it claims`)
    return written + length
  }

  while (at < block.length) {
    const tag = byteAt(block, at)
    const kind = tag & 3
    if (kind === 0) {
      const long = Math.max(0, (tag >> 2) - 59)
      const length = (long === 0 ? tag >> 2 : littleEndian(block, at + 1, long)) + 1
      const from = at + 1 + long
      if (from + length > block.length) throw new SnappyDamage(at, `a literal of ${length} bytes runs past the end`)
      const end = claim(length)
      output.set(block.subarray(from, from + length), written)
      written = end
      at = from + length
    } else {
      const wide = kind === 1 ? 1 : kind === 2 ? 2 : 4
      const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
      const back = littleEndian(block, at + 1, wide) + (kind === 1 ? (tag >> 5) * 256 : 0)
      if (back === 0 || back > written) throw new SnappyDamage(at, `a copy reaches ${back} bytes back from ${written}`)
      const end = claim(length)
      // Byte by byte: a copy may overlap what it writes, which is how Snappy repeats a pattern.
      for (; written < end; written++) output[written] = byteAt(output, written - back)
      at += 1 + wide
    }
  }

  if (written !== size) throw new SnappyDamage(at, `it holds ${written} bytes and claims ${size}`)
  return output
}

function claimedSize(block: Uint8Array): { size: number; start: number } {
  let size = 0
  for (let at = 0; at < 5; at++) {
    const byte = byteAt(block, at)
    size += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { size, start: at + 1 }
  }
  throw new SnappyDamage(0, 'its size field does not end')
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < width; i++) value += byteAt(bytes, at + i) * 2 ** (8 * i)
  return value
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new SnappyDamage(at, 'it ends too early')
  return byte
}
