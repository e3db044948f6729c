// Reads a LevelDB sorted table, every block checked by its CRC (google/leveldb doc/table_format.md).
import { zstdDecompressSync } from 'node:zlib'
import { decodeSnappy } from '../../../formats/snappy.ts'
import { Cursor, latin1, uint32, uint64 } from '../cursor.ts'
import { LogDamage, type Place } from '../damage.ts'
import { maskedCrc32c } from './crc32c.ts'
import type { Entry } from './entry.ts'
import type { TableFile } from './manifest.ts'

const magic = 0xdb4775248b80fb57n
const footerSize = 48
const trailerSize = 5
/** A block is cut at 4 KB, but one value may be a whole registry; compressed ones must still claim a sane size. */
const largestBlock = 256 * 1024 * 1024

/**
 * Every entry of a table in key order, deletions and overwritten values included.
 *
 * @throws LogDamage also when the file is not the one the manifest describes
 */
export function readTable(file: string, bytes: Uint8Array, expected: TableFile): Entry[] {
  if (bytes.length !== expected.size) {
    throw new LogDamage({ file }, `has ${bytes.length} bytes, its manifest says ${expected.size}`)
  }
  const footerAt = bytes.length - footerSize
  const footerPlace = { file, offset: Math.max(0, footerAt) }
  if (footerAt < 0 || uint64(bytes, footerAt + 40) !== magic) throw new LogDamage(footerPlace, 'no table ends here')

  const footer = new Cursor(bytes.subarray(footerAt, footerAt + 40), footerPlace)
  readBlock(file, bytes, handle(footer)) // the metaindex: not needed, but it must be whole
  const entries: Entry[] = []
  for (const { key: bound, value, place } of blockEntries(readBlock(file, bytes, handle(footer)))) {
    const block = readBlock(file, bytes, handle(new Cursor(value, place)))
    for (const item of blockEntries(block)) {
      const entry = toEntry(item)
      const before = entries.at(-1)
      if (before && !ascends(before, entry)) throw new LogDamage(entry.place, 'keys are out of order')
      entries.push(entry)
    }
    const ending = entries.at(-1)
    if (ending && ending.key > userKey(bound, place))
      throw new LogDamage(place, 'the index ends a block before its last key')
  }
  checkRange(file, entries, expected)
  return entries
}

interface Handle {
  readonly offset: number
  readonly size: number
}

interface Block {
  readonly data: Uint8Array
  readonly place: Place
}

interface Item {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly place: Place
}

function handle(cursor: Cursor): Handle {
  return { offset: cursor.count(), size: cursor.count() }
}

function readBlock(file: string, bytes: Uint8Array, { offset, size }: Handle): Block {
  const place = { file, offset }
  const end = offset + size + trailerSize
  if (end > bytes.length - footerSize)
    throw new LogDamage(place, `a block of ${size} bytes runs into the end of the table`)
  if (uint32(bytes, offset + size + 1) !== maskedCrc32c(bytes.subarray(offset, offset + size + 1))) {
    throw new LogDamage(place, 'the checksum of a block does not match')
  }
  return { data: decompressed(bytes.subarray(offset, offset + size), bytes[offset + size] ?? 0, place), place }
}

function decompressed(block: Uint8Array, kind: number, place: Place): Uint8Array {
  if (kind === 0) return block
  if (kind > 2) throw new LogDamage(place, `a block is compressed in the unknown way ${kind}`)
  try {
    return kind === 1 ? decodeSnappy(block, largestBlock) : zstdDecompressSync(block, { maxOutputLength: largestBlock })
  } catch (cause) {
    throw new LogDamage(place, `a block does not decompress: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** Entries share the beginning of their key with the one before; restart points only serve searches. */
function* blockEntries({ data, place }: Block): Generator<Item> {
  if (data.length < 4) throw new LogDamage(place, 'a block is too short')
  const entriesEnd = data.length - 4 - 4 * uint32(data, data.length - 4)
  if (entriesEnd < 0) throw new LogDamage(place, 'a block announces more restart points than it can hold')
  const cursor = new Cursor(data.subarray(0, entriesEnd), place)
  let key: Uint8Array = new Uint8Array(0)
  while (!cursor.done) {
    const shared = cursor.count()
    const tail = cursor.count()
    const length = cursor.count()
    if (shared > key.length) throw new LogDamage(place, 'a key shares more than the key before it has')
    key = Buffer.concat([key.subarray(0, shared), cursor.take(tail)])
    yield { key, value: cursor.take(length), place }
  }
}

function toEntry({ key, value, place }: Item): Entry {
  const plain = userKey(key, place)
  const trailer = uint64(key, key.length - 8)
  const kind = trailer & 0xffn
  if (kind > 1n) throw new LogDamage(place, `a write is of the unknown kind ${kind}`)
  return { key: plain, sequence: trailer >> 8n, value: kind === 1n ? value : undefined, place }
}

function userKey(internal: Uint8Array, place: Place): string {
  if (internal.length < 8) throw new LogDamage(place, 'a key is too short to hold its sequence number')
  return latin1(internal.subarray(0, -8))
}

function ascends(before: Entry, after: Entry): boolean {
  return before.key < after.key || (before.key === after.key && before.sequence > after.sequence)
}

function checkRange(file: string, entries: readonly Entry[], { smallest, largest }: TableFile): void {
  const low = entries[0]
  const high = entries.at(-1)
  if (!low || !high) throw new LogDamage({ file }, 'holds no entries')
  const place = { file, offset: 0 }
  if (low.key !== userKey(smallest, place) || high.key !== userKey(largest, place)) {
    throw new LogDamage({ file }, 'does not begin and end with the keys its manifest says')
  }
}
