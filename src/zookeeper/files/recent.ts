// Remembers the last transactions of a log by what they are, so that one that was logged twice is told from one that does not belong there.
import type { Transaction } from './transaction.ts'

/**
 * A server that joins while the others write can log the proposals it was caught up with a second time: FileTxnLog.append
 * (apache/zookeeper) warns "Current zxid … is <= …" and writes the record all the same. Seen on 3.8.0 right after a start.
 */
const remembered = 4096

/** Without what they carry: a record can be a megabyte. Written for each record of a log, read for hardly any. */
export class RecentTransactions {
  readonly #zxids = new BigUint64Array(remembered)
  readonly #sessions = new BigUint64Array(remembered)
  readonly #cxids = new Int32Array(remembered)
  readonly #times = new Float64Array(remembered)
  readonly #kinds: string[] = []
  #next = 0

  add({ zxid, session, cxid, time, change }: Transaction): void {
    const at = this.#next
    this.#next = (at + 1) % remembered
    this.#zxids[at] = zxid
    this.#sessions[at] = session
    this.#cxids[at] = cxid
    this.#times[at] = time
    this.#kinds[at] = change.kind
  }

  has(zxid: bigint): boolean {
    return this.#placeOf(zxid) >= 0
  }

  /** Whether this very transaction was there: the same request of the same session at the same time. */
  holds({ zxid, session, cxid, time, change }: Transaction): boolean {
    const at = this.#placeOf(zxid)
    return (
      at >= 0 &&
      this.#sessions[at] === session &&
      this.#cxids[at] === cxid &&
      this.#times[at] === time &&
      this.#kinds[at] === change.kind
    )
  }

  /** No transaction has the zxid 0, which is where nothing was written yet. */
  #placeOf(zxid: bigint): number {
    return this.#zxids.indexOf(zxid)
  }
}
