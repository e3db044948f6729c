// Applies transactions to the tree as ZooKeeper does when it starts: over a fuzzy snapshot, which may hold some of
// them already. Facts: apache/zookeeper DataTree.processTxn and FileTxnSnapLog.processTransaction.

import { OPEN_ACL } from './open-acl.ts'
import { Span } from './span.ts'
import type { Change, Lifetime, Transaction } from './transaction.ts'
import { CONTAINER_OWNER, own, remove, type Tree, ttlOwner } from './tree.ts'
import type { Handle } from './znode-table.ts'

/**
 * Whose rules: 3.4 sets a parent's cversion and pzxid at a create although they may be later ones already, and leaves
 * its pzxid when the child to delete is gone; 3.6 keeps the greater (ZOOKEEPER-3249, ZOOKEEPER-3642). Seen only in
 * pzxid of parents that changed while the snapshot was written.
 */
export type Rules = '3.4' | '3.6'

/** Changes `tree`; data that stays is copied out of the transaction. */
export function apply(tree: Tree, transaction: Transaction, rules: Rules): void {
  applyChange(tree, transaction, transaction.change, rules)
}

function applyChange(tree: Tree, transaction: Transaction, change: Change, rules: Rules): void {
  switch (change.kind) {
    case 'create':
      create(tree, transaction, change, rules)
      return
    case 'delete':
      removeAt(tree, change.path, transaction.zxid, rules)
      return
    case 'setData': {
      const handle = find(tree, change.path)
      if (handle === 0) return
      const { zxid: mzxid, time: mtime } = transaction
      tree.znodes.setData(handle, change.data, { mzxid, mtime, version: change.version })
      return
    }
    case 'setAcl': {
      const handle = find(tree, change.path)
      if (handle !== 0) tree.znodes.setAcl(handle, change.acl ?? OPEN_ACL, change.version)
      return
    }
    case 'createSession':
      tree.sessions.set(transaction.session, change.timeoutMs)
      return
    case 'closeSession': {
      for (const path of change.paths ?? []) removeAt(tree, path, transaction.zxid, rules)
      for (const key of [...(tree.ephemerals.get(transaction.session) ?? [])]) {
        const bytes = Buffer.from(key, 'latin1')
        removeAt(tree, new Span(bytes, 0, bytes.length), transaction.zxid, rules)
      }
      tree.sessions.delete(transaction.session)
      return
    }
    case 'multi':
      if (change.changes.some(part => part.kind === 'error')) return // failed as a whole
      for (const part of change.changes) applyChange(tree, transaction, part, rules)
      return
    case 'check':
    case 'error':
      return
  }
}

type Create = Extract<Change, { kind: 'create' }>

function create(tree: Tree, { zxid, time, session }: Transaction, change: Create, rules: Rules): void {
  const { path, data } = change
  const { znodes } = tree
  const parent = parentOf(tree, path)
  if (parent === 0 || path.length === 0 || isSlash(path)) return
  const existing = znodes.find(path.bytes, path.start, path.end)
  const before = znodes.cversion(parent)
  const cversion = change.parentCVersion === -1 ? before + 1 : change.parentCVersion
  if (cversion > before || (rules === '3.4' && existing === 0)) {
    znodes.setCversion(parent, cversion)
    znodes.setPzxid(parent, zxid)
  }
  const acl = change.acl ?? OPEN_ACL
  if (existing !== 0) {
    if (!znodes.acl(existing)) znodes.setAcl(existing, acl, znodes.aversion(existing))
    return
  }
  znodes.addChildren(parent, 1)
  const handle = znodes.add(path, data, acl)
  znodes.setCreated(handle, zxid, time, owner(change.lifetime, session))
  own(tree, handle)
}

function removeAt(tree: Tree, path: Span, zxid: bigint, rules: Rules): void {
  const { znodes } = tree
  const handle = path.length === 0 ? 0 : znodes.find(path.bytes, path.start, path.end)
  const parent = parentOf(tree, path)
  const isLater = parent !== 0 && zxid > znodes.pzxid(parent)
  if (parent !== 0 && (handle === 0 ? rules === '3.6' && isLater : rules === '3.4' || isLater)) {
    znodes.setPzxid(parent, zxid)
  }
  if (handle !== 0) remove(tree, handle, parent)
}

function owner(lifetime: Lifetime, session: bigint): bigint {
  switch (lifetime.kind) {
    case 'persistent':
      return 0n
    case 'ephemeral':
      return session
    case 'container':
      return CONTAINER_OWNER
    case 'ttl':
      return ttlOwner(lifetime.ttlMs)
  }
}

/** "/" names the root to clients; the tree keeps it under the empty path. */
const find = ({ znodes }: Tree, { bytes, start, end, length }: Span): Handle =>
  znodes.find(bytes, start, length === 1 ? start : end)

const parentOf = ({ znodes }: Tree, { bytes, start, lastSlash }: Span): Handle =>
  znodes.find(bytes, start, Math.max(lastSlash, start))

const isSlash = ({ length, lastSlash, start }: Span): boolean => length === 1 && lastSlash === start
