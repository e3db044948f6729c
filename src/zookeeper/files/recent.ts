// Remembers the last transactions of a log by what they are, so that one that was logged twice is told from one that does not belong there.
import type { Transaction } from './transaction.ts'

/**
 * A server that joins while the others write can log the proposals it was caught up with a second time: FileTxnLog.append
 * (apache/zookeeper) warns "Current zxid … is <= …" and writes the record all the same. Seen on 3.8.0 right after a start.
 */
const remembered = 4096

export class RecentTransactions {
  /** Without what it carries: a record can be a megabyte. */
  readonly #byZxid = new Map<
    bigint,
    { readonly session: bigint; readonly cxid: number; readonly time: number; readonly kind: string }
  >()

  add({ zxid, session, cxid, time, change }: Transaction): void {
    this.#byZxid.set(zxid, { session, cxid, time, kind: change.kind })
    if (this.#byZxid.size <= remembered) return
    const [oldest] = this.#byZxid.keys()
    if (oldest !== undefined) this.#byZxid.delete(oldest)
  }

  has(zxid: bigint): boolean {
    return this.#byZxid.has(zxid)
  }

  /** Whether this very transaction was there: the same request of the same session at the same time. */
  holds({ zxid, session, cxid, time, change }: Transaction): boolean {
    const known = this.#byZxid.get(zxid)
    return (
      known !== undefined &&
      known.session === session &&
      known.cxid === cxid &&
      known.time === time &&
      known.kind === change.kind
    )
  }
}
