// The digest that ZooKeeper 3.6 and later keeps of its whole tree and writes into every record (DigestCalculator.java,
// version 2): the proof that a replayed tree is the one the leader had.

import { crc32 } from 'node:zlib'
import { STAT, STAT_BYTES } from './snapshot-znode.ts'
import type { Span } from './span.ts'
import type { Tree } from './tree.ts'

const DIGEST_VERSION = 2
export const knownDigest = (version: number): boolean => version === DIGEST_VERSION

const NOT_COVERED = Buffer.from('/zookeeper/')
/** Sums below it are exact, whatever is added. */
const LARGE = 2 ** 52

/** Sum modulo 2^64 of a CRC-32 per znode outside /zookeeper/; ACLs are not covered. */
export class TreeDigest {
  #sum = 0
  #before = 0n
  readonly #stat = Buffer.alloc(STAT_BYTES)

  /** `stat`: as a snapshot has it. */
  add(path: Span, data: Span | null, stat: Span): void {
    if (path.startsWith(NOT_COVERED)) return
    // The digest has pzxid behind the other zxids.
    stat.bytes.copy(this.#stat, 0, stat.start, stat.start + STAT.ctime)
    stat.bytes.copy(this.#stat, STAT.ctime, stat.start + STAT.pzxid, stat.end)
    stat.bytes.copy(this.#stat, STAT.ctime + 8, stat.start + STAT.ctime, stat.start + STAT.pzxid)
    const named = crc32(bytesOf(path))
    this.#sum += crc32(this.#stat, data ? crc32(bytesOf(data), named) : named)
    if (this.#sum < LARGE) return
    this.#before += BigInt(this.#sum)
    this.#sum = 0
  }

  addAll({ znodes }: Tree): void {
    for (const handle of znodes.handles()) this.add(znodes.path(handle), znodes.data(handle), znodes.stat(handle))
  }

  get value(): bigint {
    return BigInt.asUintN(64, this.#before + BigInt(this.#sum))
  }
}

const bytesOf = ({ bytes, start, end }: Span): Buffer => bytes.subarray(start, end)

export function treeDigest(tree: Tree): bigint {
  const digest = new TreeDigest()
  digest.addAll(tree)
  return digest.value
}
