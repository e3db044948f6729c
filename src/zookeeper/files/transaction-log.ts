// Reads a ZooKeeper transaction log as it streams by: its records, and how it ends. Facts: apache/zookeeper
// FileTxnLog.java; a record is checksum (8), length (4), body, 'B'; the file is preallocated with zeros.

import { adler32Of } from './adler32.ts'
import { ByteWindow } from './byte-window.ts'
import { DamagedFile, hex } from './damage.ts'
import { FILE_HEADER_BYTES, FORMAT_VERSION, LARGEST_FIELD } from './snapshot.ts'
import { decodeTransaction, type Transaction } from './transaction.ts'

const LOG_MAGIC = 0x5a4b4c47 // "ZKLG"
/** Checksum and length. */
const FRAME_BYTES = 12
const END_OF_RECORD = 0x42
/** A record has at least its TxnHeader. */
const SMALLEST_BODY = 32
const RECORDS_AT_ONCE = 512

export interface LogRecord {
  /** Of the record's frame in the file. */
  readonly offset: number
  readonly transaction: Transaction
}

/**
 * How a log ends. Only `padding` proves that the server had written nothing behind the last record: at any other end
 * bytes may be missing. `torn`, `hole`, `bare-end` and `no-header` are what copying a live log, or a crash, leaves behind.
 */
export type LogEnd =
  /** Zeros where the next record would be, and nothing else behind. */
  | { readonly kind: 'padding'; readonly offset: number }
  /** The file ends behind a whole record, without a trace of preallocation. */
  | { readonly kind: 'bare-end'; readonly offset: number }
  /** The last record is not all there, and no whole record follows. */
  | { readonly kind: 'torn'; readonly offset: number; readonly expected: string; readonly saw: string }
  /** Zeros where the next record would be, but not to the end: what follows was copied later than the zeros. */
  | { readonly kind: 'hole'; readonly offset: number; readonly expected: string; readonly saw: string }
  /** The file does not begin as a log, and no whole record is in it. */
  | { readonly kind: 'no-header'; readonly offset: number; readonly expected: string; readonly saw: string }
  /** A record, or the header, is not what was written, while whole records follow it. */
  | { readonly kind: 'damaged'; readonly offset: number; readonly expected: string; readonly saw: string }

export type LogPart =
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'end'; readonly end: LogEnd }

/** The records of a log in batches, then how it ends. Every record given has its checksum right and was fully parsed. */
export async function* decodeLog(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LogPart> {
  const window = new ByteWindow(bytes)
  try {
    const badHeader = await headerTrouble(window)
    if (badHeader) {
      yield { kind: 'end', end: await endAt(window, badHeader, 'no-header') }
      return
    }
    window.take(FILE_HEADER_BYTES)
    for (;;) {
      const { records, trouble, ended } = await someRecords(window)
      if (records.length > 0) yield { kind: 'records', records }
      if (trouble) {
        yield { kind: 'end', end: await endAt(window, trouble, 'torn') }
        return
      }
      if (ended) {
        yield { kind: 'end', end: await zerosOrHole(window) }
        return
      }
    }
  } finally {
    await window.close()
  }
}

async function headerTrouble(window: ByteWindow): Promise<DamagedFile | undefined> {
  if (!(await window.fill(FILE_HEADER_BYTES))) {
    return new DamagedFile(0, 'the 16-byte header of a transaction log', `a file of ${window.available} bytes`)
  }
  const magic = window.bytes.readUInt32BE(window.at)
  if (magic !== LOG_MAGIC) return new DamagedFile(0, 'ZKLG, the mark of a transaction log', hex(magic))
  const version = window.bytes.readInt32BE(window.at + 4)
  if (version !== FORMAT_VERSION) return new DamagedFile(4, `format version ${FORMAT_VERSION}`, String(version))
  return undefined
}

interface SomeRecords {
  readonly records: readonly LogRecord[]
  readonly trouble?: DamagedFile
  readonly ended?: boolean
}

/** A window full of records, or up to the first that is not whole; leaves the window before what it did not take. */
async function someRecords(window: ByteWindow): Promise<SomeRecords> {
  const records: LogRecord[] = []
  while (records.length < RECORDS_AT_ONCE) {
    if (window.available < FRAME_BYTES) {
      if (records.length > 0) return { records }
      if (!(await window.fill(FRAME_BYTES))) return { records, ended: true }
    }
    const offset = window.position
    const length = window.view.getInt32(window.at + 8)
    if (length === 0 && window.view.getBigInt64(window.at) === 0n) return { records, ended: true }
    const size = FRAME_BYTES + length + 1
    if (length < SMALLEST_BODY || length > LARGEST_FIELD) {
      return { records, trouble: new DamagedFile(offset + 8, 'the length of a record', String(length)) }
    }
    if (window.available < size) {
      if (records.length > 0) return { records }
      if (!(await window.fill(size))) {
        return { records, trouble: new DamagedFile(offset, `a record of ${size} bytes`, `${window.available} bytes`) }
      }
    }
    try {
      records.push({ offset, transaction: wholeRecord(window, length) })
    } catch (error) {
      if (error instanceof DamagedFile) return { records, trouble: error }
      throw error
    }
    window.take(size)
  }
  return { records }
}

function wholeRecord({ bytes, view, at, position: offset }: ByteWindow, length: number): Transaction {
  const start = at + FRAME_BYTES
  const end = start + length
  const mark = bytes[end]
  if (mark !== END_OF_RECORD) {
    throw new DamagedFile(offset + FRAME_BYTES + length, "0x42, the 'B' that ends a record", hex(mark ?? 0))
  }
  const sum = adler32Of(view, start, end)
  if (view.getUint32(at) !== 0 || view.getUint32(at + 4) !== sum) {
    throw new DamagedFile(offset, `a record with checksum ${hex(view.getBigUint64(at))}`, `one with ${hex(sum)}`)
  }
  return decodeTransaction(bytes, start, end, offset - at)
}

/** Names a bad end: `otherwise`, unless whole records follow it, which no torn write leaves behind. */
async function endAt(window: ByteWindow, trouble: DamagedFile, otherwise: 'torn' | 'no-header'): Promise<LogEnd> {
  const { offset, expected, saw } = trouble
  // A server writes a record's 'B' as 0x42 or has not written it yet (zero); anything else was changed afterwards.
  const mark = trouble.expected.startsWith('0x42')
  if (mark && saw === '0x0') return { kind: 'torn', offset, expected, saw }
  const whole = await nextWholeRecord(window)
  if (!whole && !mark) return { kind: otherwise, offset, expected, saw }
  const follows = whole ? `, and whole records behind it: ${hex(whole.zxid)} at byte ${whole.offset}` : ''
  return { kind: 'damaged', offset, expected, saw: saw + follows }
}

/** The next place, behind the one that the window stands at, where a record with a right checksum lies. */
async function nextWholeRecord(window: ByteWindow): Promise<{ offset: number; zxid: bigint } | undefined> {
  const least = FRAME_BYTES + SMALLEST_BODY + 2
  while (window.available >= least || (await window.fill(least))) {
    window.take(1)
    const { bytes, at } = window
    // A checksum's upper half is zero; a checksum of 0 has no record.
    if (bytes.readUInt32BE(at) !== 0 || bytes.readUInt32BE(at + 4) === 0) continue
    const length = bytes.readInt32BE(at + 8)
    if (length < SMALLEST_BODY || length > LARGEST_FIELD || !(await window.fill(FRAME_BYTES + length + 1))) continue
    try {
      const transaction = wholeRecord(window, length)
      return { offset: window.position, zxid: transaction.zxid }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
    }
  }
  return undefined
}

async function zerosOrHole(window: ByteWindow): Promise<LogEnd> {
  const offset = window.position
  let zeros = 0
  while (await window.fill(1)) {
    const rest = window.bytes.subarray(window.at)
    if (!rest.equals(Buffer.alloc(rest.length))) {
      const at = zeros + rest.findIndex(byte => byte !== 0)
      return { kind: 'hole', offset, expected: 'a record, or zeros to the end', saw: `${at} zeros, then other bytes` }
    }
    zeros += rest.length
    window.take(rest.length)
  }
  return { kind: zeros < FRAME_BYTES ? 'bare-end' : 'padding', offset }
}
