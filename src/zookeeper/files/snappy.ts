// Reads snappy-java's stream: a 16-byte header, then blocks of raw Snappy behind their length (xerial/snappy-java
// SnappyOutputStream; google/snappy format_description.txt). Snapshots named .snappy are written so since ZooKeeper 3.6.

import { ByteWindow } from './byte-window.ts'
import { DamagedFile } from './damage.ts'

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const HEADER_BYTES = 16
/** snappy-java's blocks are 32 KiB by default; a writer may be told otherwise, but nobody uses more than this. */
const LARGEST_BLOCK = 64 * 1024 * 1024

/** The plain bytes, a block at a time. Throws `DamagedFile`, its offset in the compressed file. */
export async function* unsnappy(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const window = new ByteWindow(compressed)
  try {
    if (!(await window.fill(HEADER_BYTES)) || !window.bytes.subarray(window.at, window.at + 8).equals(MAGIC)) {
      throw new DamagedFile(0, 'the header of a snappy-java stream', window.bytes.subarray(0, 8).toString('hex'))
    }
    window.take(HEADER_BYTES)
    while (await window.fill(4)) {
      const length = window.bytes.readInt32BE(window.at)
      const start = window.position
      if (length <= 0 || length > LARGEST_BLOCK) throw new DamagedFile(start, 'the length of a block', String(length))
      if (!(await window.fill(4 + length)))
        throw new DamagedFile(start, `a block of ${length} bytes`, 'the end of the file')
      yield unsnappyBlock(window.bytes.subarray(window.at + 4, window.at + 4 + length), start)
      window.take(4 + length)
    }
    if (window.available > 0) throw new DamagedFile(window.position, 'the length of a block', 'the end of the file')
  } finally {
    await window.close()
  }
}

function unsnappyBlock(block: Buffer, offset: number): Buffer {
  const damaged = (saw: string) => new DamagedFile(offset, 'a block of raw Snappy', saw)
  let at = 0
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++]
    if (byte === undefined || shift > 28) throw damaged('no plain length')
    size += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (size > LARGEST_BLOCK) throw damaged(`a plain length of ${size}`)
  const plain = Buffer.alloc(size)
  let filled = 0
  while (at < block.length) {
    const tag = block[at++] ?? 0
    const kind = tag & 3
    if (kind === 0) {
      let length = tag >>> 2
      if (length >= 60) {
        const bytes = length - 59
        if (at + bytes > block.length) throw damaged('a literal cut short')
        length = block.readUIntLE(at, bytes)
        at += bytes
      }
      length += 1
      if (at + length > block.length || filled + length > size) throw damaged('a literal that does not fit')
      block.copy(plain, filled, at, at + length)
      at += length
      filled += length
      continue
    }
    const operandBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4
    if (at + operandBytes > block.length) throw damaged('a copy cut short')
    const operand = block.readUIntLE(at, operandBytes)
    at += operandBytes
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const distance = kind === 1 ? ((tag >>> 5) << 8) | operand : operand
    if (distance === 0 || distance > filled || filled + length > size) throw damaged('a copy from outside the block')
    for (let end = filled + length; filled < end; filled++) plain[filled] = plain[filled - distance] ?? 0 // may overlap itself
  }
  if (filled !== size) throw damaged(`${filled} of ${size} bytes`)
  return plain
}
