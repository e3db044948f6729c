// Follows the logs from a base state on and sees that no transaction is missing. ZooKeeper itself does not look:
// it goes on behind a lost log or a bad record and serves a wrong tree.

import { follows, type LogName } from './choose-files.ts'
import { hex, type Note } from './damage.ts'
import { RecentTransactions } from './recent.ts'
import type { Transaction } from './transaction.ts'
import { decodeLog, type LogEnd, type LogRecord } from './transaction-log.ts'

export interface Chain {
  /** The last transaction reached without a gap; the base's own zxid when the logs hold none behind it. */
  readonly last: bigint
  /** First transaction behind the base. */
  readonly first: bigint | undefined
  /** Transactions behind the base. */
  readonly records: number
  /**
   * `clean`: the newest log's padding proves that nothing was lost behind `last`. `open`: the newest log ends as a
   * copy of a live log may, or was not read to its end, or no log reaches the base. `broken`: something is missing.
   */
  readonly end: 'clean' | 'open' | 'broken'
  readonly since35: boolean
  /** Whether a transaction behind the base was made after `settledAfter`. */
  readonly settled: boolean
  readonly notes: readonly Note[]
}

export interface Following {
  readonly base: bigint
  readonly logs: readonly LogName[]
  readonly open: (file: string) => AsyncIterable<Uint8Array>
  /** Stop behind this zxid. */
  readonly upTo?: bigint | undefined
  /** A time, ms by the leaders' clocks. */
  readonly settledAfter?: number | undefined
  readonly onTransaction?: (transaction: Transaction) => void
}

/** Reads `logs` (ascending, as `neededLogs` gives them) until the first break; keeps no record. */
export async function followLogs(following: Following): Promise<Chain> {
  const chain = new ChainSoFar(following)
  for (const log of following.logs) {
    if (chain.broken || chain.finished) break
    await chain.read(log, following.open(log.file))
  }
  return chain.result()
}

/** The state of following: fed a log at a time, in ascending order. */
export class ChainSoFar {
  readonly #base: bigint
  readonly #upTo: bigint | undefined
  readonly #settledAfter: number
  readonly #onTransaction: ((transaction: Transaction) => void) | undefined
  readonly #notes: Note[] = []
  readonly #recent = new RecentTransactions()
  #last: bigint
  #seen: bigint | undefined
  #first: bigint | undefined
  #records = 0
  #since35 = false
  #settled = false
  #end: LogEnd['kind'] | undefined
  broken = false
  finished = false

  constructor({ base, upTo, settledAfter, onTransaction }: Omit<Following, 'logs' | 'open'>) {
    this.#base = base
    this.#last = base
    this.#upTo = upTo
    this.#settledAfter = settledAfter ?? Number.POSITIVE_INFINITY
    this.#onTransaction = onTransaction
  }

  async read(log: LogName, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    // The first log may begin before the base; every later one must begin right behind the one before.
    const inside = this.#seen === undefined && log.zxid <= this.#base
    const reached = this.#seen ?? this.#base
    if (!inside && !follows(reached, log.zxid) && !this.#recent.has(log.zxid)) {
      this.#break(log.file, 0, `transaction ${hex(reached + 1n)}, or the first of a later epoch`, hex(log.zxid))
      return
    }
    let firstOfFile = true
    for await (const part of decodeLog(bytes)) {
      if (part.kind === 'end') {
        this.#noteEnd(log.file, part.end)
        return
      }
      for (const record of part.records) {
        this.#take(log, record, firstOfFile)
        if (this.broken || this.finished) return
        firstOfFile = false
      }
    }
  }

  result(): Chain {
    const reachesBase = this.#seen !== undefined && this.#seen >= this.#base
    const nothingEver = this.#base === 0n && this.#end === undefined
    const clean = nothingEver || (this.#end === 'padding' && reachesBase)
    return {
      last: this.#last,
      first: this.#first,
      records: this.#records,
      end: this.broken ? 'broken' : clean ? 'clean' : 'open',
      since35: this.#since35,
      settled: this.#settled,
      notes: this.#notes,
    }
  }

  #take(log: LogName, { offset, transaction }: LogRecord, firstOfFile: boolean): void {
    const { zxid } = transaction
    const reached = firstOfFile ? undefined : this.#seen
    if (firstOfFile && zxid !== log.zxid) {
      this.#break(log.file, offset, `${hex(log.zxid)}, as its name says`, hex(zxid))
      return
    }
    const behind = this.#seen !== undefined && zxid <= this.#seen
    if (behind && this.#recent.holds(transaction)) return // It was applied when it stood here first.
    if ((reached !== undefined || behind) && !follows(this.#seen ?? zxid, zxid)) {
      this.#break(log.file, offset, `transaction ${hex((this.#seen ?? 0n) + 1n)}`, hex(zxid))
      return
    }
    if (this.#upTo !== undefined && zxid > this.#upTo) {
      this.finished = true
      return
    }
    this.#seen = zxid
    this.#recent.add(transaction)
    this.#since35 ||= transaction.since35
    if (zxid <= this.#base) return
    this.#first ??= zxid
    this.#last = zxid
    this.#records++
    this.#settled ||= transaction.time > this.#settledAfter
    this.#onTransaction?.(transaction)
  }

  #noteEnd(file: string, end: LogEnd): void {
    this.#end = end.kind
    if (end.kind === 'padding' || end.kind === 'bare-end') return
    this.#notes.push({ file, offset: end.offset, expected: end.expected, saw: end.saw })
    if (end.kind === 'damaged') this.broken = true
  }

  #break(file: string, offset: number, expected: string, saw: string): void {
    this.#notes.push({ file, offset, expected, saw })
    this.broken = true
  }
}
