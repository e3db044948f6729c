// Reads LevelDB's log format: manifests and write-ahead logs (google/leveldb doc/log_format.md, db/log_reader.cc).
import { uint32 } from '../cursor.ts'
import { LogDamage, type Place } from '../damage.ts'
import { maskedCrc32c } from './crc32c.ts'

const blockSize = 32_768
const headerSize = 7
const full = 1
const first = 2
const last = 4 // 3 is MIDDLE

export interface LogRecord {
  readonly data: Uint8Array
  readonly place: Place
}

/** The end of a log whose last record was still being written. LevelDB drops it when it opens; so do we, but we say so. */
export interface TornTail extends Place {
  /** Bytes dropped. */
  readonly bytes: number
}

export interface LogFile {
  readonly records: readonly LogRecord[]
  readonly tornTail: TornTail | undefined
}

/**
 * All records of a log-format file, each checked by its CRC. A last record that runs past the end of the file is a torn tail;
 * anything else that does not fit is damage.
 *
 * @throws LogDamage
 */
export function readLogFile(file: string, bytes: Uint8Array): LogFile {
  const records: LogRecord[] = []
  let parts: Uint8Array[] | undefined
  let start = 0
  let at = 0

  const torn = (offset: number): LogFile => ({ records, tornTail: { file, offset, bytes: bytes.length - offset } })

  while (at < bytes.length) {
    const room = blockSize - (at % blockSize)
    if (room < headerSize) {
      at += room // the zero trailer of a block
      continue
    }
    const fragment = readFragment(file, bytes, at, room)
    if (fragment === 'torn') return torn(parts ? start : at)

    const { kind, data } = fragment
    if (kind === full || kind === first) {
      // An empty FIRST before a FULL or FIRST was written by early versions of LevelDB (db/log_reader.cc).
      if (parts?.some(part => part.length > 0)) {
        throw new LogDamage({ file, offset: start }, 'a record has a beginning and no end')
      }
      start = at
      parts = kind === first ? [data] : undefined
      if (kind === full) records.push({ data, place: { file, offset: at } })
    } else {
      if (!parts) throw new LogDamage({ file, offset: at }, 'a record has no beginning')
      parts.push(data)
      if (kind === last) {
        records.push({ data: Buffer.concat(parts), place: { file, offset: start } })
        parts = undefined
      }
    }
    at += headerSize + data.length
  }
  return parts ? torn(start) : { records, tornTail: undefined }
}

function readFragment(file: string, bytes: Uint8Array, at: number, room: number) {
  const left = bytes.length - at
  if (left < headerSize) return 'torn'

  const length = (bytes[at + 4] ?? 0) + (bytes[at + 5] ?? 0) * 256
  const kind = bytes[at + 6] ?? 0
  if (kind === 0 && length === 0) {
    // Blocks that were allocated and never written; LevelDB skips them.
    if (bytes.subarray(at).every(byte => byte === 0)) return 'torn'
    throw new LogDamage({ file, offset: at }, 'zeros where a record should be, and more records after them')
  }
  if (headerSize + length > room) {
    throw new LogDamage({ file, offset: at }, `a record of ${length} bytes does not fit into its block`)
  }
  if (headerSize + length > left) {
    const next = wholeRecordAfter(bytes, at)
    if (next === undefined) return 'torn'
    throw new LogDamage(
      { file, offset: at },
      `a record claims to run past the end of the file, but a whole one starts at byte ${next}`,
    )
  }
  const end = at + headerSize + length
  if (uint32(bytes, at) !== maskedCrc32c(bytes.subarray(at + 6, end))) {
    throw new LogDamage({ file, offset: at }, 'the checksum of a record does not match')
  }
  if (kind < full || kind > last) throw new LogDamage({ file, offset: at }, `a record is of the unknown type ${kind}`)
  return { kind, data: bytes.subarray(at + headerSize, end) }
}

/** Tells a record that was cut off from one whose length was changed: after the latter, others follow. */
function wholeRecordAfter(bytes: Uint8Array, at: number): number | undefined {
  for (let next = at + headerSize; next + headerSize <= bytes.length; next++) {
    const kind = bytes[next + 6] ?? 0
    const end = next + headerSize + (bytes[next + 4] ?? 0) + (bytes[next + 5] ?? 0) * 256
    if (kind < full || kind > last || end > bytes.length) continue
    if (uint32(bytes, next) === maskedCrc32c(bytes.subarray(next + 6, end))) return next
  }
  return undefined
}
