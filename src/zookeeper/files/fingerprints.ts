// Which znodes of two states are not the same, found without holding either: 30 to 60 bytes for each znode of one side.
import { hash } from 'node:crypto'
import { AclIds } from './acl-ids.ts'
import type { StateToCompare } from './diff-states.ts'
import type { Acl } from './jute.ts'
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
  const keys = new Set<string>()
  let bytes = 0
  const suspect = (key: string, { data }: Znode) => {
    keys.add(key)
    bytes += key.length + (data?.length ?? 0)
  }
  const fingerprint = fingerprints()

  const olds = new Counterparts(before.state.totals.znodes)
  for await (const [key, znode] of before.state.znodes()) if (wanted(key)) olds.add(fingerprint(key, znode))
  for await (const [key, znode] of after.state.znodes())
    if (wanted(key) && !olds.match(fingerprint(key, znode))) suspect(key, znode)
  if (olds.unmatched > 0) {
    let number = 0 // as they were added: a state gives its znodes in the same order each time
    for await (const [key, znode] of before.state.znodes())
      if (wanted(key) && !olds.isMatched(number++)) suspect(key, znode)
  }
  return { has: key => keys.has(key), bytes }
}

const noEntries: readonly Acl[] = []

/** Of everything that a comparison looks at. */
function fingerprints(): (key: string, znode: Znode) => Buffer {
  const acls = new AclIds()
  let memory = Buffer.allocUnsafeSlow(64 * 1024)
  return (key, znode) => {
    const size = fixedBytes + key.length + (znode.data?.length ?? 0)
    if (size > memory.length) memory = Buffer.allocUnsafeSlow(2 * size)
    let at = writeFixed(memory, znode, acls.idOfShared(znode.acl ?? noEntries), key.length)
    at += memory.write(key, at, 'latin1')
    if (znode.data) at += znode.data.copy(memory, at)
    return hash('sha1', memory.subarray(0, at), 'buffer')
  }
}

const fixedBytes = 4 * 8 + 2 * 8 + 7 * 4

/** With the lengths of what follows, so that no two znodes give the same bytes. */
function writeFixed(into: Buffer, znode: Znode, aclId: number, keyLength: number): number {
  const { version, cversion, aversion, children } = znode
  let at = 0
  for (const number of [znode.czxid, znode.mzxid, znode.pzxid, znode.ephemeralOwner])
    at = into.writeBigUInt64LE(number, at)
  for (const time of [znode.ctime, znode.mtime]) at = into.writeDoubleLE(time, at)
  for (const number of [version, cversion, aversion, children, aclId, keyLength, znode.data?.length ?? -1])
    at = into.writeInt32LE(number, at)
  return at
}

/** A table of digests in one block of memory, open addressing: each with its number, and whether the other side had it, too. */
class Counterparts {
  readonly #slots: BigUint64Array
  readonly #numbers: Uint32Array
  readonly #matched: Uint8Array
  readonly #mask: number
  #added = 0
  unmatched = 0

  constructor(atMost: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, atMost * 1.34)))
    this.#mask = slots - 1
    this.#slots = new BigUint64Array(2 * slots)
    this.#numbers = new Uint32Array(slots)
    this.#matched = new Uint8Array(atMost)
  }

  add(digest: Buffer): void {
    const at = this.#find(digest)
    this.#slots[2 * at] = firstOf(digest)
    this.#slots[2 * at + 1] = digest.readBigUInt64LE(8)
    this.#numbers[at] = this.#added++
    this.unmatched++
  }

  /** Whether it is there; from then on it `isMatched`. */
  match(digest: Buffer): boolean {
    const at = this.#find(digest)
    if (this.#slots[2 * at] === 0n) return false
    this.#matched[this.#numbers[at] ?? 0] = 1
    this.unmatched--
    return true
  }

  /** `number`: how many were added before it. */
  isMatched(number: number): boolean {
    return this.#matched[number] === 1
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
