// Znodes in memory by their paths: each is one piece of an arena, with its stat as in a snapshot, its path and its data. A million
// of them are no objects to V8, and cost little more than their bytes.

import { AclIds, OPEN_ACL_ID } from './acl-ids.ts'
import { Arena, type Block, sizeFor } from './arena.ts'
import type { Acl } from './jute.ts'
import { hashOf } from './path-hash.ts'
import { PathIndex } from './path-index.ts'
import { type PersistedStat, type SnapshotZnode, STAT, STAT_BYTES, statAt } from './snapshot-znode.ts'
import { Span } from './span.ts'

/** As it is when it is asked for: a copy, but for the data, which is a view until the tree is changed. */
export interface Znode extends PersistedStat {
  readonly data: Buffer | null
  /** Undefined: the snapshot named an ACL that its table lacks; the log brings it (ZOOKEEPER-4846). */
  readonly acl: readonly Acl[] | undefined
  /** Children it has now. */
  readonly children: number
}

/** Names a znode as long as it is in the table, wherever its bytes are; 0 names none. */
export type Handle = number

/** A piece begins with the stat; behind it stand, four bytes each: */
const CHILDREN = STAT_BYTES
const ACL_ID = CHILDREN + 4
const PATH_LENGTH = ACL_ID + 4
/** -1: null. */
const DATA_LENGTH = PATH_LENGTH + 4
/** Bytes of the piece. */
const CAPACITY = DATA_LENGTH + 4
const PATH = CAPACITY + 4

const NO_ACL_ID = 0
const ZXIDS = [STAT.czxid, STAT.mzxid, STAT.pzxid]
const TIMES = [STAT.ctime, STAT.mtime]

export class ZnodeTable {
  readonly #arena = new Arena()
  readonly #index = new PathIndex()
  readonly #acls = new AclIds()
  /** By handle; 0: the handle is free. */
  #places = new Uint32Array(1024)
  #handles = 1
  readonly #free: Handle[] = []
  #keyBytes = Buffer.allocUnsafeSlow(1024)

  get size(): number {
    return this.#index.size
  }

  // By keys: the path's bytes, a char each, the root's empty.

  get(key: string): Znode | undefined {
    const handle = this.findKey(key)
    return handle === 0 ? undefined : this.znode(handle)
  }

  has(key: string): boolean {
    return this.findKey(key) !== 0
  }

  /** Puts it there, in place of one that was. Parents don't count it. */
  set(key: string, { data, acl, children, ...stat }: Znode): Handle {
    const bytes = data && new Span(data, 0, data.length)
    const known = this.findKey(key)
    const handle = known === 0 ? this.add(this.#spanOf(key), bytes, acl) : known
    this.setData(handle, bytes, stat)
    this.setAcl(handle, acl, stat.aversion)
    this.#setLong(handle, STAT.czxid, stat.czxid)
    this.#setTime(handle, STAT.ctime, stat.ctime)
    this.#setLong(handle, STAT.ephemeralOwner, stat.ephemeralOwner)
    this.setPzxid(handle, stat.pzxid)
    this.setCversion(handle, stat.cversion)
    this.#set(handle, CHILDREN, children)
    return handle
  }

  *keys(): Generator<string> {
    for (const handle of this.handles()) yield this.key(handle)
  }

  *values(): Generator<Znode> {
    for (const handle of this.handles()) yield this.znode(handle)
  }

  *[Symbol.iterator](): Generator<[key: string, znode: Znode]> {
    for (const handle of this.handles()) yield [this.key(handle), this.znode(handle)]
  }

  /** The key of one whose ACL is not known. */
  get withoutAcl(): string | undefined {
    for (const handle of this.handles()) if (this.#get(handle, ACL_ID) === NO_ACL_ID) return this.key(handle)
    return undefined
  }

  // By handles.

  *handles(): Generator<Handle> {
    for (let handle = 1; handle < this.#handles; handle++) if (this.#places[handle] !== 0) yield handle
  }

  /** Every handle is below it. */
  get handlesEnd(): number {
    return this.#handles
  }

  find(bytes: Uint8Array, start: number, end: number): Handle {
    return this.#find(bytes, start, end, hashOf(bytes, start, end))
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number): Handle {
    const index = this.#index
    for (let slot = index.first(hash); ; slot = index.next(slot)) {
      const handle = index.number(slot)
      if (handle === 0) return 0
      if (index.hash(slot) === hash && this.#isAt(handle, bytes, start, end)) return handle
    }
  }

  findKey(key: string): Handle {
    const { bytes, start, end } = this.#spanOf(key)
    return this.find(bytes, start, end)
  }

  /** A znode without a stat, where none is. */
  add(path: Span, data: Span | null, acl: Znode['acl']): Handle {
    const handle = this.#new(path, data, hashOf(path.bytes, path.start, path.end))
    const { bytes, start } = this.#at(handle)
    bytes.fill(0, start, start + STAT_BYTES)
    this.#set(handle, ACL_ID, this.#idOf(acl))
    return handle
  }

  /** As a snapshot has it; without children. Of two with one path it keeps the second. */
  addFound(found: SnapshotZnode, acls: ReadonlyMap<bigint, readonly Acl[]>): Handle {
    const hash = hashOf(found.bytes, found.pathStart, found.pathEnd)
    const known = this.#find(found.bytes, found.pathStart, found.pathEnd, hash)
    if (known !== 0) this.remove(known)
    const handle = this.#new(found.path, found.dataSpan, hash)
    const { bytes, start } = this.#at(handle)
    copy(found.bytes, found.statStart, found.statStart + STAT_BYTES, bytes, start)
    if (found.isOpen) this.#set(handle, ACL_ID, OPEN_ACL_ID)
    else {
      const acl = acls.get(found.aclId)
      this.#set(handle, ACL_ID, acl ? this.#acls.idOfShared(acl) : NO_ACL_ID)
    }
    return handle
  }

  remove(handle: Handle): void {
    const { bytes, start, end } = this.path(handle)
    this.#index.remove(handle, hashOf(bytes, start, end))
    this.#arena.giveBack(this.#places[handle] ?? 0, this.#get(handle, CAPACITY))
    this.#places[handle] = 0
    this.#free.push(handle)
  }

  key(handle: Handle): string {
    return this.path(handle).latin1()
  }

  path(handle: Handle): Span {
    const { bytes, start } = this.#at(handle)
    return new Span(bytes, start + PATH, start + PATH + this.#get(handle, PATH_LENGTH))
  }

  data(handle: Handle): Span | null {
    const length = this.#get(handle, DATA_LENGTH)
    if (length === -1) return null
    const { bytes, end } = this.path(handle)
    return new Span(bytes, end, end + length)
  }

  /** 0 for null. */
  dataBytes(handle: Handle): number {
    return Math.max(this.#get(handle, DATA_LENGTH), 0)
  }

  /** As a snapshot has it. */
  stat(handle: Handle): Span {
    const { bytes, start } = this.#at(handle)
    return new Span(bytes, start, start + STAT_BYTES)
  }

  znode(handle: Handle): Znode {
    const stat = this.stat(handle)
    const data = this.data(handle)
    const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid } = statAt(
      stat.bytes,
      stat.start,
    )
    return {
      ...{ czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid },
      data: data ? data.bytes.subarray(data.start, data.end) : null,
      acl: this.acl(handle),
      children: this.children(handle),
    }
  }

  acl(handle: Handle): Znode['acl'] {
    return this.#acls.list(this.#get(handle, ACL_ID))
  }

  children(handle: Handle): number {
    return this.#get(handle, CHILDREN)
  }

  cversion(handle: Handle): number {
    return this.#get(handle, STAT.cversion)
  }

  aversion(handle: Handle): number {
    return this.#get(handle, STAT.aversion)
  }

  pzxid(handle: Handle): bigint {
    return this.#getLong(handle, STAT.pzxid)
  }

  ephemeralOwner(handle: Handle): bigint {
    const owned = this.#get(handle, STAT.ephemeralOwner) !== 0 || this.#get(handle, STAT.ephemeralOwner + 4) !== 0
    return owned ? this.#getLong(handle, STAT.ephemeralOwner) : 0n
  }

  addChildren(handle: Handle, children: number): void {
    this.#set(handle, CHILDREN, this.children(handle) + children)
  }

  setCversion(handle: Handle, cversion: number): void {
    this.#set(handle, STAT.cversion, cversion)
  }

  setPzxid(handle: Handle, pzxid: bigint): void {
    this.#setLong(handle, STAT.pzxid, pzxid)
  }

  setAcl(handle: Handle, acl: Znode['acl'], aversion: number): void {
    this.#set(handle, ACL_ID, this.#idOf(acl))
    this.#set(handle, STAT.aversion, aversion)
  }

  /** All zxids and times of a new znode are those of its creation. */
  setCreated(handle: Handle, zxid: bigint, time: number, ephemeralOwner: bigint): void {
    for (const field of ZXIDS) this.#setLong(handle, field, zxid)
    for (const field of TIMES) this.#setTime(handle, field, time)
    if (ephemeralOwner !== 0n) this.#setLong(handle, STAT.ephemeralOwner, ephemeralOwner)
  }

  /** Without `modified` only the data changes. */
  setData(handle: Handle, data: Span | null, modified?: Modified): void {
    const size = PATH + this.#get(handle, PATH_LENGTH) + (data?.length ?? 0)
    const capacity = this.#get(handle, CAPACITY)
    if (size > capacity || size < capacity / 2) this.#move(handle, size)
    this.#set(handle, DATA_LENGTH, data ? data.length : -1)
    const { bytes, end } = this.path(handle)
    if (data) copy(data.bytes, data.start, data.end, bytes, end)
    if (!modified) return
    this.#setLong(handle, STAT.mzxid, modified.mzxid)
    this.#setTime(handle, STAT.mtime, modified.mtime)
    this.#set(handle, STAT.version, modified.version)
  }

  #new(path: Span, data: Span | null, hash: number): Handle {
    const handle = this.#free.pop() ?? this.#handles++
    if (handle >= this.#places.length) {
      const before = this.#places
      this.#places = new Uint32Array(2 * before.length)
      this.#places.set(before)
    }
    const size = sizeFor(PATH + path.length + (data?.length ?? 0))
    this.#places[handle] = this.#arena.take(size)
    const { bytes, start } = this.#at(handle)
    this.#set(handle, CHILDREN, 0)
    this.#set(handle, PATH_LENGTH, path.length)
    this.#set(handle, DATA_LENGTH, data ? data.length : -1)
    this.#set(handle, CAPACITY, size)
    copy(path.bytes, path.start, path.end, bytes, start + PATH)
    if (data) copy(data.bytes, data.start, data.end, bytes, start + PATH + path.length)
    this.#index.add(handle, hash)
    return handle
  }

  /** Into a piece for `least` bytes, with all but its data. */
  #move(handle: Handle, least: number): void {
    const size = sizeFor(least)
    const before = this.#places[handle] ?? 0
    const capacity = this.#get(handle, CAPACITY)
    const { bytes, start } = this.#at(handle)
    const end = this.path(handle).end
    const place = this.#arena.take(size)
    this.#places[handle] = place
    bytes.copy(this.#at(handle).bytes, this.#arena.start(place), start, end)
    this.#set(handle, CAPACITY, size)
    this.#arena.giveBack(before, capacity)
  }

  #idOf(acl: Znode['acl']): number {
    return acl ? this.#acls.idOf(acl) : NO_ACL_ID
  }

  /** Good until the next one is asked for. */
  #spanOf(key: string): Span {
    if (key.length > this.#keyBytes.length) this.#keyBytes = Buffer.allocUnsafeSlow(2 * key.length)
    return new Span(this.#keyBytes, 0, this.#keyBytes.write(key, 'latin1'))
  }

  #isAt(handle: Handle, bytes: Uint8Array, start: number, end: number): boolean {
    const path = this.path(handle)
    if (path.length !== end - start) return false
    // From behind: paths in one folder begin with the same bytes.
    for (let ours = path.end - 1, theirs = end - 1; theirs >= start; ours--, theirs--) {
      if (path.bytes[ours] !== bytes[theirs]) return false
    }
    return true
  }

  #at(handle: Handle): { readonly bytes: Buffer; readonly start: number } {
    const place = this.#places[handle] ?? 0
    return { bytes: this.#arena.block(place).bytes, start: this.#arena.start(place) }
  }

  #block(handle: Handle): Block {
    return this.#arena.block(this.#places[handle] ?? 0)
  }

  #field(handle: Handle, field: number): number {
    return this.#arena.start(this.#places[handle] ?? 0) + field
  }

  #get(handle: Handle, field: number): number {
    return this.#block(handle).view.getInt32(this.#field(handle, field))
  }

  #set(handle: Handle, field: number, value: number): void {
    this.#block(handle).view.setInt32(this.#field(handle, field), value)
  }

  #getLong(handle: Handle, field: number): bigint {
    return this.#block(handle).view.getBigUint64(this.#field(handle, field))
  }

  #setLong(handle: Handle, field: number, value: bigint): void {
    this.#block(handle).view.setBigUint64(this.#field(handle, field), value)
  }

  #setTime(handle: Handle, field: number, ms: number): void {
    const at = this.#field(handle, field)
    const { view } = this.#block(handle)
    view.setInt32(at, Math.floor(ms / 0x1_0000_0000))
    view.setInt32(at + 4, ms % 0x1_0000_0000)
  }
}

type Modified = Pick<Znode, 'mzxid' | 'mtime' | 'version'>

/** Below so many bytes a loop is done before Buffer's own copying has begun. */
const FEW_BYTES = 64

function copy(from: Buffer, start: number, end: number, into: Buffer, at: number): void {
  if (end - start > FEW_BYTES) from.copy(into, at, start, end)
  else for (let next = start, to = at; next < end; next++, to++) into[to] = from[next] ?? 0
}
