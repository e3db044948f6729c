// The last whole record of a transaction log, as it streams by: how far a member's log reaches.
import { decodeLog } from './transaction-log.ts'

/** Undefined where the log holds none. What stands behind the first record that is not whole does not count: ZooKeeper would not read it either. */
export async function lastRecordOf(bytes: AsyncIterable<Uint8Array>): Promise<bigint | undefined> {
  let last: bigint | undefined
  for await (const part of decodeLog(bytes)) {
    if (part.kind === 'records') last = part.records.at(-1)?.transaction.zxid ?? last
  }
  return last
}
