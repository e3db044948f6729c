// Reads a LevelDB manifest: version edits, applied in order, say which tables and logs are live (google/leveldb db/version_edit.cc).
import { Cursor, latin1 } from '../cursor.ts'
import { LogDamage } from '../damage.ts'
import { type LogRecord, readLogFile, type TornTail } from './log-file.ts'

/** Mesos sets no comparator of its own (apache/mesos src/log/leveldb.cpp). */
const comparator = 'leveldb.BytewiseComparator'

export interface TableFile {
  readonly number: number
  readonly level: number
  /** Bytes of the file. */
  readonly size: number
  readonly smallest: Uint8Array
  readonly largest: Uint8Array
}

export interface Manifest {
  readonly file: string
  readonly tables: readonly TableFile[]
  /** Write-ahead logs from this number on are live. */
  readonly logNumber: number
  /** One older log that is live too; 0 for none. */
  readonly previousLog: number
  readonly lastSequence: bigint
  readonly tornTail: TornTail | undefined
}

/** @throws LogDamage */
export function readManifest(file: string, bytes: Uint8Array): Manifest {
  const { records, tornTail } = readLogFile(file, bytes)
  const tables = new Map<number, TableFile>()
  let logNumber: number | undefined
  let lastSequence: bigint | undefined
  let previousLog = 0

  for (const record of records) {
    const edit = readEdit(record)
    for (const gone of edit.deleted) {
      if (!tables.delete(gone)) throw new LogDamage(record.place, `deletes table ${gone}, which was not live`)
    }
    for (const table of edit.added) tables.set(table.number, table)
    logNumber = edit.logNumber ?? logNumber
    previousLog = edit.previousLog ?? previousLog
    lastSequence = edit.lastSequence ?? lastSequence
  }

  if (logNumber === undefined || lastSequence === undefined) {
    throw new LogDamage({ file, offset: 0 }, 'names no write-ahead log or no sequence number: its beginning is missing')
  }
  return { file, tables: [...tables.values()], logNumber, previousLog, lastSequence, tornTail }
}

interface Edit {
  logNumber?: number
  previousLog?: number
  lastSequence?: bigint
  readonly deleted: number[]
  readonly added: TableFile[]
}

function readEdit({ data, place }: LogRecord): Edit {
  const cursor = new Cursor(data, place)
  const edit: Edit = { deleted: [], added: [] }
  while (!cursor.done) {
    const tag = cursor.count()
    switch (tag) {
      case 1: {
        const name = latin1(cursor.prefixed())
        if (name !== comparator) throw new LogDamage(place, `keys are ordered by ${name}, not by ${comparator}`)
        break
      }
      case 2:
        edit.logNumber = cursor.count()
        break
      case 3:
        cursor.count() // next file number: of use to a writer only
        break
      case 4:
        edit.lastSequence = cursor.varint()
        break
      case 5:
        cursor.count() // compaction pointer: where the next compaction of a level starts
        cursor.prefixed()
        break
      case 6:
        cursor.count()
        edit.deleted.push(cursor.count())
        break
      case 7: {
        const level = cursor.count()
        const number = cursor.count()
        edit.added.push({
          level,
          number,
          size: cursor.count(),
          smallest: cursor.prefixed(),
          largest: cursor.prefixed(),
        })
        break
      }
      case 9:
        edit.previousLog = cursor.count()
        break
      default:
        throw new LogDamage(place, `has the unknown tag ${tag}`)
    }
  }
  return edit
}
