// Which znodes the logs change: only these must be in memory to replay them; all others are as the snapshot has them.

import { HashSet } from './hash-set.ts'
import { hashOf } from './path-hash.ts'
import { lastSlash, type Span } from './span.ts'
import type { Change, Transaction } from './transaction.ts'

export interface Touched {
  /**
   * Hashes of paths, parents of what was created or deleted included. A znode whose path happens to have the hash of another one is held,
   * too, and comes out as it went in.
   */
  readonly paths: HashSet
  /** Sessions that ended: what they own in the snapshot goes too. */
  readonly ended: Set<bigint>
}

export const nothingTouched = (): Touched => ({ paths: new HashSet(), ended: new Set() })

/** Adds what this transaction may change. */
export function touch(touched: Touched, transaction: Transaction): void {
  touchBy(touched, transaction.session, transaction.change)
}

function touchBy(touched: Touched, session: bigint, change: Change): void {
  switch (change.kind) {
    case 'create':
    case 'delete':
      touchWithParent(touched, change.path)
      return
    case 'setData':
    case 'setAcl': {
      const { bytes, start, end, length } = change.path
      touched.paths.add(hashOf(bytes, start, length === 1 ? start : end))
      return
    }
    case 'closeSession':
      touched.ended.add(session)
      for (const path of change.paths ?? []) touchWithParent(touched, path)
      return
    case 'multi':
      for (const part of change.changes) touchBy(touched, session, part)
      return
    case 'createSession':
    case 'check':
    case 'error':
      return
  }
}

/** A child that comes or goes changes its parent's stat. */
export function touchWithParent({ paths }: Touched, { bytes, start, end }: Span): void {
  paths.add(hashOf(bytes, start, end))
  paths.add(hashOf(bytes, start, Math.max(lastSlash(bytes, start, end), start)))
}
