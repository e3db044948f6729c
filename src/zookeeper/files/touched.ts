// Which znodes the logs change: only these must be in memory to replay them; all others are as the snapshot has them.

import type { Change, Transaction } from './transaction.ts'
import { parentOf } from './tree.ts'

export interface Touched {
  /** Keys of the tree, parents of what was created or deleted included. */
  readonly keys: Set<string>
  /** Sessions that ended: what they own in the snapshot goes too. */
  readonly ended: Set<bigint>
}

export const nothingTouched = (): Touched => ({ keys: new Set(), ended: new Set() })

/** Adds what this transaction may change. */
export function touch(touched: Touched, transaction: Transaction): void {
  touchBy(touched, transaction.session, transaction.change)
}

function touchBy(touched: Touched, session: bigint, change: Change): void {
  switch (change.kind) {
    case 'create':
    case 'delete':
      touchWithParent(touched, change.path.toString('latin1'))
      return
    case 'setData':
    case 'setAcl':
      touched.keys.add(change.path.length === 1 ? '' : change.path.toString('latin1'))
      return
    case 'closeSession':
      touched.ended.add(session)
      for (const path of change.paths ?? []) touchWithParent(touched, path.toString('latin1'))
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
export function touchWithParent({ keys }: Touched, path: string): void {
  keys.add(path).add(parentOf(path))
}
