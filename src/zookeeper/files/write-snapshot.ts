// Writes a snapshot as it streams by: header, no sessions, ACL table, znodes, seal; what every server from 3.4 on loads.
// Facts: apache/zookeeper FileSnap.java, DataTree.serialize. No digest section, which 3.4 would take for damage.

import type { AclIds } from './acl-ids.ts'
import { adler32 } from './adler32.ts'
import type { Acl } from './jute.ts'
import { FILE_HEADER_BYTES, FORMAT_VERSION, SNAPSHOT_MAGIC } from './snapshot.ts'
import { STAT_BYTES } from './snapshot-znode.ts'
import type { Znode } from './tree.ts'

const CHUNK_BYTES = 256 * 1024

export type Batches = AsyncIterable<readonly (readonly [key: string, znode: Znode])[]>

/** `acls` must know every list of the znodes. Each znode stands behind its parent, the root first. */
export async function* encodeSnapshot(acls: AclIds, batches: Batches): AsyncGenerator<Buffer> {
  const out = new Chunks()
  yield* out.take(head(acls))
  for await (const batch of batches) {
    for (const [key, znode] of batch) yield* out.take(encodeZnode(key, znode, acls))
  }
  const end = Buffer.from([0, 0, 0, 1, 0x2f])
  yield* out.take(end)
  const seal = Buffer.alloc(8)
  seal.writeBigUInt64BE(BigInt(out.checksum()))
  yield* out.take(Buffer.concat([seal, end]))
  yield* out.rest()
}

function head(acls: AclIds): Buffer {
  const fixed = Buffer.alloc(FILE_HEADER_BYTES + 8)
  fixed.writeInt32BE(SNAPSHOT_MAGIC)
  fixed.writeInt32BE(FORMAT_VERSION, 4)
  fixed.writeBigInt64BE(-1n, 8)
  fixed.writeInt32BE(acls.lists.length, FILE_HEADER_BYTES + 4) // behind a count of no sessions
  return Buffer.concat([fixed, ...acls.lists.map((list, at) => encodeAcl(BigInt(at + 1), list))])
}

function encodeAcl(id: bigint, list: readonly Acl[]): Buffer {
  const fixed = Buffer.alloc(12)
  fixed.writeBigInt64BE(id)
  fixed.writeInt32BE(list.length, 8)
  return Buffer.concat([
    fixed,
    ...list.flatMap(({ perms, scheme, id }) => [int(perms), ...string(scheme), ...string(id)]),
  ])
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const string = (bytes: Buffer): readonly Buffer[] => [int(bytes.length), bytes]

function encodeZnode(key: string, znode: Znode, acls: AclIds): Buffer {
  const { data, acl } = znode
  if (!acl) throw new Error(`${key || '/'} has no ACL`)
  const dataAt = 4 + key.length
  const statAt = dataAt + 4 + (data?.length ?? 0) + 8
  const bytes = Buffer.allocUnsafe(statAt + STAT_BYTES)
  bytes.writeInt32BE(key.length)
  bytes.write(key, 4, 'latin1')
  bytes.writeInt32BE(data?.length ?? -1, dataAt)
  data?.copy(bytes, dataAt + 4)
  bytes.writeBigInt64BE(BigInt(acls.idOfShared(acl)), statAt - 8)
  bytes.writeBigUInt64BE(znode.czxid, statAt)
  bytes.writeBigUInt64BE(znode.mzxid, statAt + 8)
  time(bytes, statAt + 16, znode.ctime)
  time(bytes, statAt + 24, znode.mtime)
  bytes.writeInt32BE(znode.version, statAt + 32)
  bytes.writeInt32BE(znode.cversion, statAt + 36)
  bytes.writeInt32BE(znode.aversion, statAt + 40)
  bytes.writeBigUInt64BE(znode.ephemeralOwner, statAt + 44)
  bytes.writeBigUInt64BE(znode.pzxid, statAt + 52)
  return bytes
}

function time(bytes: Buffer, at: number, ms: number): void {
  bytes.writeInt32BE(Math.floor(ms / 0x1_0000_0000), at)
  bytes.writeUInt32BE(((ms % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000, at + 4)
}

/** Small pieces put together; knows the checksum of all that was taken. */
class Chunks {
  #held: Buffer[] = []
  #bytes = 0
  #sum = 1

  checksum(): number {
    return this.#sum
  }

  *take(piece: Buffer): Generator<Buffer> {
    this.#held.push(piece)
    this.#bytes += piece.length
    this.#sum = adler32(piece, 0, piece.length, this.#sum)
    if (this.#bytes >= CHUNK_BYTES) yield* this.rest()
  }

  *rest(): Generator<Buffer> {
    if (this.#bytes > 0) yield Buffer.concat(this.#held)
    this.#held = []
    this.#bytes = 0
  }
}
