// Sums over the znodes of a snapshot that the logs don't change: of these nothing else is kept.

import type { Acl } from './jute.ts'
import { renderPath, type Totals } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { OPEN_ACL, shownOwner, type Znode } from './tree.ts'
import { znodeDigest } from './tree-digest.ts'

const OPEN_ACL_ID = -1n
/** One path is remembered per so many bytes: ranges are cut there. */
const SAMPLE_BYTES = 16 * 1024
/** What a held znode costs beside its bytes in the snapshot: its place. */
const HELD_BYTES = 16

export type AclTable = ReadonlyMap<bigint, readonly Acl[]>

/** As the tree has it; the data is a view into the snapshot's bytes. */
export const znodeOf = ({ data, aclId, stat }: SnapshotZnode, children: number, acls: AclTable): Znode => ({
  ...stat,
  data,
  acl: aclId === OPEN_ACL_ID ? OPEN_ACL : acls.get(aclId),
  children,
})

export class Untouched {
  readonly #rules: Rules
  readonly #samples: string[] = []
  #znodes = 0
  #dataBytes = 0
  #ephemerals = 0
  #bytes = 0
  #sampled = 0
  /** Their part of the tree's digest; by the rules of 3.4 there is none. */
  digest = 0n
  /** The first one whose ACL the snapshot's table lacks. */
  withoutAcl: string | undefined

  constructor(rules: Rules) {
    this.#rules = rules
  }

  add(key: string, found: SnapshotZnode, acls: AclTable): void {
    const { data, ephemeralOwner, aclId, size } = found
    this.#znodes++
    this.#dataBytes += data?.length ?? 0
    if (shownOwner(ephemeralOwner, this.#rules) !== 0n) this.#ephemerals++
    if (aclId !== OPEN_ACL_ID && !acls.has(aclId)) this.withoutAcl ??= key
    if (this.#rules === '3.6' && !key.startsWith('/zookeeper/')) {
      this.digest += BigInt(znodeDigest(key, znodeOf(found, 0, acls)))
    }
    this.#bytes += size + HELD_BYTES
    if (this.#bytes >= this.#sampled) {
      this.#samples.push(renderPath(key))
      this.#sampled = this.#bytes + SAMPLE_BYTES
    }
  }

  get totals(): Totals {
    return { znodes: this.#znodes, dataBytes: this.#dataBytes, ephemerals: this.#ephemerals }
  }

  /** Where to cut the paths, in order, so that the znodes of each range take about `atMost` bytes to hold. */
  cuts(atMost: number): string[] {
    const samples = this.#samples.toSorted()
    const ranges = Math.ceil(this.#bytes / atMost)
    const cuts = Array.from({ length: Math.max(ranges - 1, 0) }, (_, at) =>
      samples.at(Math.floor(((at + 1) * samples.length) / ranges)),
    )
    return [...new Set(cuts.filter(cut => cut !== undefined))]
  }
}
