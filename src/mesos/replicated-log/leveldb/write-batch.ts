// Reads the write batches of a write-ahead log (google/leveldb db/write_batch.cc).
import { Cursor, latin1, uint32, uint64 } from '../cursor.ts'
import { LogDamage } from '../damage.ts'
import type { Entry } from './entry.ts'
import type { LogRecord } from './log-file.ts'

const headerSize = 12

export interface Batch {
  /** Sequence number of its first entry. */
  readonly sequence: bigint
  readonly entries: readonly Entry[]
}

/** @throws LogDamage */
export function readBatch({ data, place }: LogRecord): Batch {
  if (data.length < headerSize) throw new LogDamage(place, 'too short for a write batch')
  const first = uint64(data, 0)
  const count = uint32(data, 8)
  const cursor = new Cursor(data.subarray(headerSize), place)
  const entries: Entry[] = []
  while (!cursor.done) {
    const kind = cursor.byte()
    if (kind > 1) throw new LogDamage(place, `a write is of the unknown kind ${kind}`)
    const key = latin1(cursor.prefixed())
    const value = kind === 1 ? cursor.prefixed() : undefined
    entries.push({ key, value, sequence: first + BigInt(entries.length), place })
  }
  if (entries.length !== count) throw new LogDamage(place, `announces ${count} writes and holds ${entries.length}`)
  return { sequence: first, entries }
}
