// The tree of znodes in memory: what replay changes and what is printed in the end.

import type { Acl } from './jute.ts'
import { OPEN_ACL } from './open-acl.ts'
import { type Handle, type Znode, ZnodeTable } from './znode-table.ts'

export type { Znode } from './znode-table.ts'

/** Znodes by path: the path's bytes, one char each ('latin1'), the root's empty, so that no byte is lost in decoding. */
export interface Tree {
  readonly znodes: ZnodeTable
  readonly sessions: Map<bigint, number>
  /** Paths by the session that owns them. */
  readonly ephemerals: Map<bigint, Set<string>>
  /** The first path that was taken out although it had children that are not in the tree. */
  orphaned: string | undefined
}

export const CONTAINER_OWNER = 0x8000_0000_0000_0000n
const TTL_MARK = 0xff0000n

const READ_ACL: readonly Acl[] = [{ perms: 1, scheme: Buffer.from('world'), id: Buffer.from('anyone') }]

const NEW: Znode = {
  data: Buffer.alloc(0),
  acl: OPEN_ACL,
  czxid: 0n,
  mzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 0n,
  children: 0,
}

export const noTree = (): Tree => ({
  znodes: new ZnodeTable(),
  sessions: new Map(),
  ephemerals: new Map(),
  orphaned: undefined,
})

/** The tree that a server without files begins with (DataTree's constructor); /zookeeper/config came with 3.5. */
export function newTree(rules: '3.4' | '3.6'): Tree {
  const tree = noTree()
  tree.znodes.set('', { ...NEW, children: 1 })
  tree.znodes.set('/zookeeper', { ...NEW, children: rules === '3.6' ? 2 : 1 })
  tree.znodes.set('/zookeeper/quota', NEW)
  if (rules === '3.6') tree.znodes.set('/zookeeper/config', { ...NEW, acl: READ_ACL, aversion: -1 })
  return tree
}

/** Remembers whose a znode is. */
export function own({ znodes, ephemerals }: Tree, handle: Handle): void {
  const owner = znodes.ephemeralOwner(handle)
  if (owner === 0n) return
  const owned = ephemerals.get(owner)
  if (owned) owned.add(znodes.key(handle))
  else ephemerals.set(owner, new Set([znodes.key(handle)]))
}

/**
 * Takes a znode out. Over a fuzzy snapshot it may have children: they are of a later znode with its path, and the log
 * creates them again behind that one, so they go too. (ZooKeeper keeps them out of reach until then.)
 */
export function remove(tree: Tree, handle: Handle, parent: Handle): void {
  if (tree.znodes.children(handle) > 0) removeBelow(tree, handle)
  takeOut(tree, handle)
  if (parent !== 0) tree.znodes.addChildren(parent, -1)
}

function removeBelow(tree: Tree, handle: Handle): void {
  const { znodes } = tree
  const key = znodes.key(handle)
  const first = Buffer.from(`${key}/`, 'latin1')
  let unseen = znodes.children(handle)
  for (const below of znodes.handles()) {
    const path = znodes.path(below)
    if (!path.startsWith(first)) continue
    if (path.lastSlash === path.start + first.length - 1) unseen--
    takeOut(tree, below)
  }
  if (unseen > 0) tree.orphaned ??= key
}

function takeOut({ znodes, ephemerals }: Tree, handle: Handle): void {
  const owner = znodes.ephemeralOwner(handle)
  if (owner !== 0n) {
    const owned = ephemerals.get(owner)
    owned?.delete(znodes.key(handle))
    if (owned?.size === 0) ephemerals.delete(owner)
  }
  znodes.remove(handle)
}

export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

/** The owner a client sees: a container's or TTL znode's mark is shown as none (EphemeralType.java, 3.5.4). */
export function shownOwner(owner: bigint, rules: '3.4' | '3.6'): bigint {
  if (rules === '3.4') return owner
  return owner === CONTAINER_OWNER || owner >> 40n === TTL_MARK ? 0n : owner
}

export const ttlOwner = (ttlMs: bigint): bigint => (TTL_MARK << 40n) | BigInt.asUintN(40, ttlMs)
