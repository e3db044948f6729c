// The last transaction before a moment, by the leaders' clock, which is the only one that the logs know.
import { dataFiles } from './choose-files.ts'
import type { DataFiles } from './inspect.ts'
import { decodeLog } from './transaction-log.ts'

export interface Moment {
  /** Undefined: the logs begin later. */
  readonly zxid: bigint | undefined
  /** Of the first and of the last transaction in the logs, ms. */
  readonly from: number | undefined
  readonly to: number | undefined
}

/** A clock can step back: what counts is the first transaction that was made later, and all behind it are later, too. */
export async function zxidAt(files: DataFiles, time: number): Promise<Moment> {
  let zxid: bigint | undefined
  let from: number | undefined
  let to: number | undefined
  let isLater = false
  for (const log of dataFiles(files.names).logs) {
    for await (const part of decodeLog(files.open(log.file))) {
      if (part.kind === 'end') continue
      for (const { transaction } of part.records) {
        from ??= transaction.time
        to = transaction.time
        isLater ||= transaction.time > time
        if (!isLater) zxid = transaction.zxid
      }
    }
  }
  return { zxid, from, to }
}
