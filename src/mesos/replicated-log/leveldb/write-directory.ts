// Writes a LevelDB directory of three files: keys and values in one write-ahead log, which LevelDB makes tables of when it opens it.
// Facts: google/leveldb doc/log_format.md, db/version_edit.cc, db/write_batch.cc.
import { maskedCrc32c } from './crc32c.ts'

const blockSize = 32_768
const headerSize = 7
const [full, first, middle, last] = [1, 2, 3, 4]

/** The numbers of the files; what is written next gets the one behind. */
const manifestNumber = 2
const logNumber = 3

/** Keys have one character per byte. */
export function levelDbDirectory(values: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Buffer> {
  const manifest = `MANIFEST-${String(manifestNumber).padStart(6, '0')}`
  const batches = [...values].map(([key, value], at) => batch(BigInt(at + 1), key, value))
  return new Map([
    ['CURRENT', Buffer.from(`${manifest}\n`)],
    [manifest, logFile([versionEdit()])],
    [`${String(logNumber).padStart(6, '0')}.log`, logFile(batches)],
  ])
}

/** Tags of db/version_edit.cc: comparator 1, log number 2, next file 3, last sequence 4, previous log 9. */
function versionEdit(): Buffer {
  const comparator = Buffer.from('leveldb.BytewiseComparator')
  const fields = [varint(1), sized(comparator), ...[2, logNumber, 9, 0, 3, logNumber + 1, 4, 0].map(varint)]
  return Buffer.concat(fields)
}

function batch(sequence: bigint, key: string, value: Uint8Array): Buffer {
  const head = Buffer.alloc(13)
  head.writeBigUInt64LE(sequence)
  head.writeUInt32LE(1, 8)
  head.writeUInt8(1, 12) // a put
  return Buffer.concat([head, sized(Buffer.from(key, 'latin1')), sized(value)])
}

const sized = (bytes: Uint8Array): Buffer => Buffer.concat([varint(bytes.length), bytes])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80)
  return Buffer.from([...bytes, left])
}

/** Records cut into fragments that do not cross blocks. */
function logFile(records: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  const add = (piece: Buffer) => {
    pieces.push(piece)
    at += piece.length
  }
  for (const record of records) {
    for (let from = 0, isWhole = false; !isWhole; ) {
      const room = blockSize - (at % blockSize)
      if (room < headerSize) {
        add(Buffer.alloc(room))
        continue
      }
      const to = Math.min(record.length, from + room - headerSize)
      const begins = from === 0
      isWhole = to === record.length
      add(fragment(begins ? (isWhole ? full : first) : isWhole ? last : middle, record.subarray(from, to)))
      from = to
    }
  }
  return Buffer.concat(pieces)
}

function fragment(type: number, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from([type]), data])
  const head = Buffer.alloc(6)
  head.writeUInt32LE(maskedCrc32c(typed))
  head.writeUInt16LE(data.length, 4)
  return Buffer.concat([head, typed])
}
