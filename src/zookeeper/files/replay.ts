// Applies transactions to the tree as ZooKeeper does when it starts: over a fuzzy snapshot, which may hold some of
// them already. Facts: apache/zookeeper DataTree.processTxn and FileTxnSnapLog.processTransaction.

import type { Acl } from './jute.ts'
import type { Change, Lifetime, Transaction } from './transaction.ts'
import { CONTAINER_OWNER, insert, OPEN_ACL, parentOf, remove, type Tree, ttlOwner, type Znode } from './tree.ts'

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
      removeAt(tree, change.path.toString('latin1'), transaction.zxid, rules)
      return
    case 'setData': {
      const znode = tree.znodes.get(keyOf(change.path))
      if (!znode) return
      znode.data = copy(change.data)
      znode.mzxid = transaction.zxid
      znode.mtime = transaction.time
      znode.version = change.version
      return
    }
    case 'setAcl': {
      const znode = tree.znodes.get(keyOf(change.path))
      if (!znode) return
      znode.acl = ownAcl(change.acl)
      znode.aversion = change.version
      return
    }
    case 'createSession':
      tree.sessions.set(transaction.session, change.timeoutMs)
      return
    case 'closeSession': {
      for (const path of change.paths ?? []) removeAt(tree, path.toString('latin1'), transaction.zxid, rules)
      const owned = [...(tree.ephemerals.get(transaction.session) ?? [])]
      for (const path of owned) removeAt(tree, path, transaction.zxid, rules)
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
  const path = change.path.toString('latin1')
  const parent = tree.znodes.get(parentOf(path))
  if (!parent || path === '' || path === '/') return
  const existing = tree.znodes.get(path)
  const cversion = change.parentCVersion === -1 ? parent.cversion + 1 : change.parentCVersion
  if (cversion > parent.cversion || (rules === '3.4' && !existing)) {
    parent.cversion = cversion
    parent.pzxid = zxid
  }
  if (existing) {
    existing.acl ??= ownAcl(change.acl)
    return
  }
  insert(tree, path, copy(change.data), ownAcl(change.acl), {
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: time,
    mtime: time,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: owner(change.lifetime, session),
  })
}

function removeAt(tree: Tree, path: string, zxid: bigint, rules: Rules): void {
  const znode: Znode | undefined = path === '' ? undefined : tree.znodes.get(path)
  const parent = tree.znodes.get(parentOf(path))
  if (parent && (znode ? rules === '3.4' || zxid > parent.pzxid : rules === '3.6' && zxid > parent.pzxid)) {
    parent.pzxid = zxid
  }
  if (znode) remove(tree, path, znode)
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
const keyOf = (path: Buffer): string => (path.length === 1 ? '' : path.toString('latin1'))

const copy = (data: Buffer | null): Buffer | null => data && Buffer.from(data)

/** Most have the open one, which all of them share. */
function ownAcl(acl: Create['acl']): Znode['acl'] {
  if (!acl || isOpen(acl)) return OPEN_ACL
  return acl.map(({ perms, scheme, id }) => ({ perms, scheme: Buffer.from(scheme), id: Buffer.from(id) }))
}

function isOpen([only, more]: readonly Acl[]): boolean {
  const [open] = OPEN_ACL
  if (!only || !open || more) return false
  return only.perms === open.perms && only.scheme.equals(open.scheme) && only.id.equals(open.id)
}
