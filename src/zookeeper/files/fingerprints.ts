// Which znodes of two states are not the same, found without holding either: 16 bytes of digest per znode and side.
import { hash } from 'node:crypto'
import type { StateToCompare } from './diff-states.ts'
import type { Znode } from './tree.ts'

/**
 * The znodes for which the other state has none that is the same in all. Two different znodes with one digest of 128 bits would be
 * missed: at a million znodes a side that is a chance of 1 in 10^26.
 */
export interface Suspects {
  /** Whether a key of either tree may differ. */
  readonly has: (key: string) => boolean
  /** Bytes of data and paths that they have together. */
  readonly bytes: number
}

export async function suspects(
  before: StateToCompare,
  after: StateToCompare,
  wanted: (key: string) => boolean,
): Promise<Suspects> {
  const olds = await fingerprintsOf(before, wanted)
  const news = await fingerprintsOf(after, wanted)
  const keys = new Set<string>()
  let bytes = 0
  for (const [side, others] of [
    [before, news],
    [after, olds],
  ] as const) {
    for await (const [key, znode] of side.state.znodes()) {
      if (!wanted(key) || others.has(fingerprintOf(key, znode))) continue
      keys.add(key)
      bytes += key.length + (znode.data?.length ?? 0)
    }
  }
  return { has: key => keys.has(key), bytes }
}

async function fingerprintsOf({ state }: StateToCompare, wanted: (key: string) => boolean): Promise<Fingerprints> {
  const found = new Fingerprints(state.totals.znodes)
  for await (const [key, znode] of state.znodes()) if (wanted(key)) found.add(fingerprintOf(key, znode))
  return found
}

/** Of everything that a comparison looks at. */
function fingerprintOf(key: string, znode: Znode): Buffer {
  const { data, acl, czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, children } = znode
  const stat = `${czxid} ${mzxid} ${pzxid} ${ctime} ${mtime} ${version} ${cversion} ${aversion} ${ephemeralOwner} ${children}`
  const acls =
    acl?.map(({ perms, scheme, id }) => `${perms}:${scheme.toString('hex')}:${id.toString('hex')}`).join() ?? ''
  const head = Buffer.from(`${key.length} ${data?.length ?? 'null'} ${stat} ${acls}\n${key}`, 'latin1')
  return hash('sha1', data ? Buffer.concat([head, data]) : head, 'buffer')
}

/** A table of digests in one block of memory, open addressing. */
class Fingerprints {
  readonly #slots: BigUint64Array
  readonly #mask: number

  constructor(atMost: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, atMost * 1.34)))
    this.#mask = slots - 1
    this.#slots = new BigUint64Array(2 * slots)
  }

  add(digest: Buffer): void {
    const at = this.#find(digest)
    this.#slots[2 * at] = firstOf(digest)
    this.#slots[2 * at + 1] = digest.readBigUInt64LE(8)
  }

  has(digest: Buffer): boolean {
    return this.#slots[2 * this.#find(digest)] !== 0n
  }

  /** Its slot, or the free one where it belongs. */
  #find(digest: Buffer): number {
    const [first, second] = [firstOf(digest), digest.readBigUInt64LE(8)]
    let at = digest.readUInt32LE(16) & this.#mask
    while (this.#slots[2 * at] !== 0n && (this.#slots[2 * at] !== first || this.#slots[2 * at + 1] !== second))
      at = (at + 1) & this.#mask
    return at
  }
}

/** 0 marks a free slot. */
const firstOf = (digest: Buffer): bigint => digest.readBigUInt64LE(0) || 1n
