// Sums over the znodes of a snapshot that the logs don't change: of these nothing else is kept.

import type { Acl } from './jute.ts'
import { OPEN_ACL } from './open-acl.ts'
import { renderPath, type Totals } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { shownOwner, type Znode } from './tree.ts'
import { TreeDigest } from './tree-digest.ts'

/** One path is remembered per so many bytes: ranges are cut there. */
const SAMPLE_BYTES = 16 * 1024
/** What a held znode costs beside its bytes in the snapshot: its place. */
const HELD_BYTES = 16

export type AclTable = ReadonlyMap<bigint, readonly Acl[]>

/** As the tree has it; the data is a view into the snapshot's bytes. */
export const znodeOf = (found: SnapshotZnode, children: number, acls: AclTable): Znode => ({
  ...found.stat,
  data: found.data,
  acl: found.isOpen ? OPEN_ACL : acls.get(found.aclId),
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
  readonly digest = new TreeDigest()
  /** The first one whose ACL the snapshot's table lacks. */
  withoutAcl: string | undefined

  constructor(rules: Rules) {
    this.#rules = rules
  }

  add(found: SnapshotZnode, acls: AclTable): void {
    this.#znodes++
    this.#dataBytes += found.dataBytes
    if (found.isOwned && shownOwner(found.ephemeralOwner, this.#rules) !== 0n) this.#ephemerals++
    if (!found.isOpen && !acls.has(found.aclId)) this.withoutAcl ??= found.key
    if (this.#rules === '3.6') this.digest.add(found.path, found.dataSpan, found.statSpan)
    this.#bytes += found.size + HELD_BYTES
    if (this.#bytes >= this.#sampled) {
      this.#samples.push(renderPath(found.key))
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
