// Reads a ZooKeeper snapshot as it streams by: sessions, ACL table, znodes, seals. Facts: apache/zookeeper
// FileSnap.java, DataTree.serialize, ReferenceCountedACLCache.serialize; 3.6 to 3.9 add a digest and the last zxid.

import { int32 } from './big-endian.ts'
import { ByteWindow } from './byte-window.ts'
import { DamagedFile, hex } from './damage.ts'
import { type Acl, JuteReader } from './jute.ts'
import { SnapshotZnode, STAT_BYTES } from './snapshot-znode.ts'

export const SNAPSHOT_MAGIC = 0x5a4b534e // "ZKSN"
export const FORMAT_VERSION = 2
export const FILE_HEADER_BYTES = 16
/** Operators raise jute.maxbuffer from its 1 MiB; a length beyond this is taken for damage instead of memory to fill. */
export const LARGEST_FIELD = 64 * 1024 * 1024
const ZNODES_AT_ONCE = 1024

interface Session {
  readonly id: bigint
  readonly timeoutMs: number
}

/** What the seals behind the znodes said. */
export interface SnapshotSeal {
  readonly bytes: number
  readonly znodes: number
  /** 3.6+: `zxid` is the last transaction applied when the digest was taken, at the end of writing; 0 = not known. */
  readonly digest: { readonly zxid: bigint; readonly version: number; readonly tree: bigint | null } | null
  /** 3.9+ */
  readonly lastProcessedZxid: bigint | null
}

export type SnapshotPart =
  | { readonly kind: 'sessions'; readonly sessions: readonly Session[] }
  | { readonly kind: 'acls'; readonly acls: ReadonlyMap<bigint, readonly Acl[]> }
  | { readonly kind: 'znodes'; readonly znodes: readonly SnapshotZnode[] }
  | { readonly kind: 'sealed'; readonly seal: SnapshotSeal }

/**
 * The parts of a snapshot (uncompressed bytes) in their order; `sealed` comes last and only if every checksum was right:
 * whoever uses znodes before that must be ready to drop them. Throws `DamagedFile`.
 */
export async function* decodeSnapshot(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SnapshotPart> {
  const window = new ByteWindow(bytes)
  try {
    await header(window)
    yield { kind: 'sessions', sessions: await sessions(window) }
    yield { kind: 'acls', acls: await aclTable(window) }
    let count = 0
    for (;;) {
      const { znodes, ended } = await someZnodes(window)
      count += znodes.length
      if (znodes.length > 0) yield { kind: 'znodes', znodes }
      if (ended) break
    }
    yield { kind: 'sealed', seal: await seals(window, count) }
  } finally {
    await window.close()
  }
}

async function header(window: ByteWindow): Promise<void> {
  await want(window, FILE_HEADER_BYTES, 'the header of a snapshot')
  const magic = window.bytes.readInt32BE(window.at)
  if (magic !== SNAPSHOT_MAGIC) throw new DamagedFile(0, 'ZKSN, the mark of a snapshot', hex(magic >>> 0))
  const version = window.bytes.readInt32BE(window.at + 4)
  if (version !== FORMAT_VERSION) throw new DamagedFile(4, `format version ${FORMAT_VERSION}`, String(version))
  window.take(FILE_HEADER_BYTES)
}

async function sessions(window: ByteWindow): Promise<Session[]> {
  const found: Session[] = []
  for (let left = await count(window, 'a count of sessions'); left > 0; left--) {
    const jute = await reader(window, 12, 'a session')
    found.push({ id: jute.unsignedLong(), timeoutMs: jute.int() })
    window.take(12)
  }
  return found
}

async function aclTable(window: ByteWindow): Promise<Map<bigint, Acl[]>> {
  const table = new Map<bigint, Acl[]>()
  for (let left = await count(window, 'a count of ACLs'); left > 0; left--) {
    const id = (await reader(window, 8, 'the id of an ACL')).long()
    window.take(8)
    const entries: Acl[] = []
    for (let more = await count(window, 'a count of ACL entries'); more > 0; more--) {
      const perms = (await reader(window, 4, 'the permissions of an ACL entry')).int()
      window.take(4)
      entries.push({ perms, scheme: await string(window, 'a scheme'), id: await string(window, 'an ACL id') })
    }
    table.set(id, entries)
  }
  return table
}

/** Up to a window full of znodes, so that only the borders of pieces are waited for. */
async function someZnodes(window: ByteWindow): Promise<{ znodes: SnapshotZnode[]; ended: boolean }> {
  const znodes: SnapshotZnode[] = []
  while (znodes.length < ZNODES_AT_ONCE) {
    if (window.available < 4) {
      if (znodes.length > 0) return { znodes, ended: false }
      await want(window, 4, 'a path')
    }
    const pathLength = int32(window.bytes, window.at)
    checkLength(window.position, pathLength, 0, 'the length of a path')
    const dataAt = 4 + pathLength
    if (pathLength === 1) {
      await want(window, 5, 'a path')
      if (window.bytes[window.at + 4] === 0x2f) {
        window.take(5)
        return { znodes, ended: true }
      }
    }
    if (window.available < dataAt + 4) {
      if (znodes.length > 0) return { znodes, ended: false }
      await want(window, dataAt + 4, 'a path and the length of its data')
    }
    const dataLength = int32(window.bytes, window.at + dataAt)
    checkLength(window.position + dataAt, dataLength, -1, 'the length of data')
    const dataEnd = dataAt + 4 + Math.max(dataLength, 0)
    const size = dataEnd + 8 + STAT_BYTES
    if (window.available < size) {
      if (znodes.length > 0) return { znodes, ended: false }
      await want(window, size, 'a znode')
    }
    if (pathLength > 0 && window.bytes[window.at + 4] !== 0x2f) {
      throw new DamagedFile(window.position + 4, 'a path that starts with /', hex(window.bytes[window.at + 4] ?? 0))
    }
    const start = window.at
    znodes.push(new SnapshotZnode(window.bytes, start, start + dataAt, start + dataEnd))
    window.take(size)
  }
  return { znodes, ended: false }
}

async function seals(window: ByteWindow, znodes: number): Promise<SnapshotSeal> {
  await seal(window, 'the first seal')
  let digest: SnapshotSeal['digest'] = null
  let lastProcessedZxid: bigint | null = null
  // What follows tells itself by its length: digest section 33 bytes (version 2), last zxid 21, both 54.
  await window.fill(22)
  if (window.available > 21) {
    digest = await digestSection(window)
    await seal(window, 'the seal of the digest')
    await window.fill(1)
  }
  if (window.available > 0) {
    lastProcessedZxid = (await reader(window, 8, 'the last processed zxid')).unsignedLong()
    window.take(8)
    await seal(window, 'the seal of the last processed zxid')
  }
  if (await window.fill(1)) throw new DamagedFile(window.position, 'the end of the file', 'more bytes')
  return { bytes: window.position, znodes, digest, lastProcessedZxid }
}

async function digestSection(window: ByteWindow): Promise<SnapshotSeal['digest']> {
  const jute = await reader(window, 12, 'a digest')
  const zxid = jute.unsignedLong()
  const version = jute.int()
  window.take(12)
  if (version < 2) {
    await string(window, 'a digest as text')
    return { zxid, version, tree: null }
  }
  const tree = (await reader(window, 8, 'a digest')).unsignedLong()
  window.take(8)
  return { zxid, version, tree }
}

/** Adler-32 of every byte before, as a long, and the string "/". */
async function seal(window: ByteWindow, what: string): Promise<void> {
  const wanted = BigInt(window.checksum())
  const offset = window.position
  const jute = await reader(window, 13, what)
  const saw = jute.unsignedLong()
  if (saw !== wanted) throw new DamagedFile(offset, `${what}: checksum ${hex(wanted)}`, hex(saw))
  const mark = jute.int()
  if (mark !== 1 || jute.bytes[jute.at] !== 0x2f)
    throw new DamagedFile(offset + 8, `${what}: the mark "/"`, 'other bytes')
  window.take(13)
}

async function count(window: ByteWindow, what: string): Promise<number> {
  const jute = await reader(window, 4, what)
  const value = jute.int()
  if (value < -1) throw new DamagedFile(window.position, what, String(value))
  window.take(4)
  return value
}

async function string(window: ByteWindow, what: string): Promise<Buffer> {
  const length = (await reader(window, 4, what)).int()
  checkLength(window.position, length, 0, `the length of ${what}`)
  await want(window, 4 + length, what)
  const copy = Buffer.from(window.bytes.subarray(window.at + 4, window.at + 4 + length))
  window.take(4 + length)
  return copy
}

async function reader(window: ByteWindow, bytes: number, what: string): Promise<JuteReader> {
  await want(window, bytes, what)
  return new JuteReader(window.bytes, window.at)
}

async function want(window: ByteWindow, bytes: number, what: string): Promise<void> {
  if (window.available >= bytes || (await window.fill(bytes))) return
  throw new DamagedFile(window.position, what, `the end of the file after ${window.available} bytes of it`)
}

function checkLength(offset: number, length: number, least: number, what: string): void {
  if (length < least || length > LARGEST_FIELD) throw new DamagedFile(offset, what, String(length))
}
