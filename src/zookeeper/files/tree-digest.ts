// The digest that ZooKeeper 3.6 and later keeps of its whole tree and writes into every record (DigestCalculator.java,
// version 2): the proof that a replayed tree is the one the leader had.

import { crc32 } from 'node:zlib'
import type { Tree, Znode } from './tree.ts'

const DIGEST_VERSION = 2
export const knownDigest = (version: number): boolean => version === DIGEST_VERSION

/** Sum modulo 2^64 of a CRC-32 per znode outside /zookeeper/; ACLs are not covered. */
export function treeDigest(tree: Tree): bigint {
  let sum = 0n
  for (const [path, znode] of tree.znodes) if (!path.startsWith('/zookeeper/')) sum += BigInt(znodeDigest(path, znode))
  return BigInt.asUintN(64, sum)
}

/** One znode's part of the sum. */
export function znodeDigest(path: string, znode: Znode): number {
  const stat = Buffer.alloc(60)
  stat.writeBigUInt64BE(znode.czxid, 0)
  stat.writeBigUInt64BE(znode.mzxid, 8)
  stat.writeBigUInt64BE(znode.pzxid, 16)
  stat.writeBigInt64BE(BigInt(znode.ctime), 24)
  stat.writeBigInt64BE(BigInt(znode.mtime), 32)
  stat.writeInt32BE(znode.version, 40)
  stat.writeInt32BE(znode.cversion, 44)
  stat.writeInt32BE(znode.aversion, 48)
  stat.writeBigUInt64BE(znode.ephemeralOwner, 52)
  const named = crc32(Buffer.from(path, 'latin1'))
  return crc32(stat, znode.data ? crc32(znode.data, named) : named)
}
