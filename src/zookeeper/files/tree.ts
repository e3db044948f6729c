// The tree of znodes in memory: what replay changes and what is printed in the end.

import type { Acl } from './jute.ts'
import type { PersistedStat } from './snapshot-znode.ts'

export interface Znode {
  data: Buffer | null
  /** Undefined: the snapshot named an ACL that its table lacks; the log brings it (ZOOKEEPER-4846). */
  acl: readonly Acl[] | undefined
  czxid: bigint
  mzxid: bigint
  ctime: number
  mtime: number
  version: number
  cversion: number
  aversion: number
  ephemeralOwner: bigint
  pzxid: bigint
  /** Children it has now. */
  children: number
}

/** Znodes by path: the path's bytes, one char each ('latin1'), the root's empty, so that no byte is lost in decoding. */
export interface Tree {
  readonly znodes: Map<string, Znode>
  readonly sessions: Map<bigint, number>
  /** Paths by the session that owns them. */
  readonly ephemerals: Map<bigint, Set<string>>
}

export const CONTAINER_OWNER = 0x8000_0000_0000_0000n
const TTL_MARK = 0xff0000n

export const OPEN_ACL: readonly Acl[] = [{ perms: 31, scheme: Buffer.from('world'), id: Buffer.from('anyone') }]
const READ_ACL: readonly Acl[] = [{ perms: 1, scheme: Buffer.from('world'), id: Buffer.from('anyone') }]

const UNCHANGED: PersistedStat = {
  czxid: 0n,
  mzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 0n,
}

export const noTree = (): Tree => ({ znodes: new Map(), sessions: new Map(), ephemerals: new Map() })

/** The tree that a server without files begins with (DataTree's constructor); /zookeeper/config came with 3.5. */
export function newTree(rules: '3.4' | '3.6'): Tree {
  const tree = noTree()
  for (const path of ['', '/zookeeper', '/zookeeper/quota']) insert(tree, path, Buffer.alloc(0), OPEN_ACL, UNCHANGED)
  if (rules === '3.6') insert(tree, '/zookeeper/config', Buffer.alloc(0), READ_ACL, { ...UNCHANGED, aversion: -1 })
  return tree
}

/** Adds a znode; the parent must be there (false, and nothing added, if not). Its own cversion and pzxid are untouched. */
export function insert(tree: Tree, path: string, data: Buffer | null, acl: Znode['acl'], stat: PersistedStat): boolean {
  const parent = path === '' ? undefined : tree.znodes.get(parentOf(path))
  if (path !== '' && !parent) return false
  if (parent) parent.children++
  const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid } = stat
  tree.znodes.set(path, {
    data,
    acl,
    czxid,
    mzxid,
    ctime,
    mtime,
    version,
    cversion,
    aversion,
    ephemeralOwner,
    pzxid,
    children: 0,
  })
  if (ephemeralOwner !== 0n) {
    const owned = tree.ephemerals.get(ephemeralOwner)
    if (owned) owned.add(path)
    else tree.ephemerals.set(ephemeralOwner, new Set([path]))
  }
  return true
}

/**
 * Takes a znode out. Over a fuzzy snapshot it may have children: they are of a later znode with its path, and the log
 * creates them again behind that one, so they go too. (ZooKeeper keeps them out of reach until then.)
 */
export function remove(tree: Tree, path: string, znode: Znode): void {
  if (znode.children > 0) {
    for (const [below, orphan] of [...tree.znodes]) if (below.startsWith(`${path}/`)) takeOut(tree, below, orphan)
  }
  takeOut(tree, path, znode)
  const parent = tree.znodes.get(parentOf(path))
  if (parent) parent.children--
}

function takeOut(tree: Tree, path: string, { ephemeralOwner }: Znode): void {
  tree.znodes.delete(path)
  const owned = ephemeralOwner === 0n ? undefined : tree.ephemerals.get(ephemeralOwner)
  owned?.delete(path)
  if (owned?.size === 0) tree.ephemerals.delete(ephemeralOwner)
}

export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

/** The owner a client sees: a container's or TTL znode's mark is shown as none (EphemeralType.java, 3.5.4). */
export function shownOwner(owner: bigint, rules: '3.4' | '3.6'): bigint {
  if (rules === '3.4') return owner
  return owner === CONTAINER_OWNER || owner >> 40n === TTL_MARK ? 0n : owner
}

export const ttlOwner = (ttlMs: bigint): bigint => (TTL_MARK << 40n) | BigInt.asUintN(40, ttlMs)
