// The state at a zxid in bounded memory: what the logs change is held, everything else is read from the snapshot again
// whenever it is asked for. Of such a znode a bit and a number are remembered, by its place in the snapshot.

import { plainSnapshot } from './check-snapshot.ts'
import { DamagedFile, hex, type Note } from './damage.ts'
import { followLogs } from './follow-logs.ts'
import {
  type Base,
  type Begin,
  type DataFiles,
  type InspectOptions,
  type Proven,
  prove,
  rulesFor,
  type Unproven,
} from './inspect.ts'
import { Lineage } from './lineage.ts'
import { hashOf } from './path-hash.ts'
import { type Totals, treeTotals } from './print-tree.ts'
import { isQuota, limitedPaths, Usage } from './quota.ts'
import { apply, type Rules } from './replay.ts'
import { decodeSnapshot } from './snapshot.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { nothingTouched, type Touched, touch, touchWithParent } from './touched.ts'
import { newTree, noTree, own, parentOf, type Tree, type Znode } from './tree.ts'
import { knownDigest, treeDigest } from './tree-digest.ts'
import { type AclTable, Untouched, znodeOf } from './untouched.ts'
import type { Handle } from './znode-table.ts'

const CREATED_AT_ONCE = 1024

interface Built {
  readonly rules: Rules
  readonly state: LargeState
}

export type LargeInspection = (Proven & Built) | Unproven

/** As `inspect`, with the same answers. */
export const inspectLarge = (files: DataFiles, options: InspectOptions = {}): Promise<LargeInspection> =>
  prove<Built>(files, options, begin)

const begin: Begin<Built> = base => {
  const touched = nothingTouched()
  return {
    ...(base.snapshot ? { onTransaction: transaction => touch(touched, transaction) } : {}),
    async build(files, logs, chain, options) {
      const rules = rulesFor(base, chain, options)
      const file = base.snapshot?.file ?? 'the logs'
      const state = new LargeState(files, base, rules)
      try {
        await state.load(touched)
      } catch (error) {
        if (error instanceof DamagedFile) return { doubt: error.in(file) }
        throw error
      }
      let digest: { readonly version: number; readonly tree: bigint } | undefined
      await followLogs({
        ...{ base: base.zxid, logs, open: files.open, upTo: chain.last },
        onTransaction: transaction => {
          apply(state.tree, transaction, rules)
          digest = transaction.digest ?? digest
        },
      })
      await state.settleQuotas()
      const known = digest !== undefined && knownDigest(digest.version) && rules === '3.6' ? digest.tree : undefined
      const doubt = state.doubt(known, chain.last)
      return doubt ? { doubt: { file, offset: 0, ...doubt } } : { rules, state }
    },
  }
}

export type Keyed = readonly [key: string, znode: Znode]

/** Znodes of the snapshot as they stream by: views, good until the next batch. */
export interface Batch {
  /** The place of the first one among the snapshot's znodes; the others follow. */
  readonly first: number
  readonly znodes: readonly SnapshotZnode[]
  readonly acls: AclTable
}

export class LargeState {
  /** What the logs change; once they were applied, as it is then. */
  readonly tree: Tree
  readonly #files: DataFiles
  readonly #base: Base
  readonly #rules: Rules
  readonly #untouched: Untouched
  /** By place: 1 where the znode is held. */
  readonly #held: Uint8Array
  /** By place: the children of a znode; of one that is held, as it is in the snapshot. */
  readonly #children: Uint32Array

  constructor(files: DataFiles, base: Base, rules: Rules) {
    this.tree = base.snapshot ? noTree() : newTree(rules)
    this.#files = files
    this.#base = base
    this.#rules = rules
    this.#untouched = new Untouched(rules)
    this.#held = new Uint8Array(base.znodes)
    this.#children = new Uint32Array(base.znodes)
  }

  /** Of all znodes. */
  get totals(): Totals {
    const held = treeTotals(this.tree, this.#rules)
    const rest = this.#untouched.totals
    return {
      znodes: held.znodes + rest.znodes,
      dataBytes: held.dataBytes + rest.dataBytes,
      ephemerals: held.ephemerals + rest.ephemerals,
    }
  }

  /** Of the snapshot: places are below it. */
  get places(): number {
    return this.#base.znodes
  }

  /** Where to cut the paths so that about `atMost` bytes are held at a time. */
  cuts(atMost: number): string[] {
    return this.#untouched.cuts(atMost)
  }

  /** All znodes by their keys. Data of most are views: keep copies. */
  async *znodes(): AsyncGenerator<Keyed> {
    for await (const batch of this.parentsFirst()) yield* batch
  }

  /** All znodes in batches, each behind its parent: the snapshot's order, then what the logs created. Data are views: keep copies. */
  async *parentsFirst(): AsyncGenerator<readonly Keyed[]> {
    const { znodes } = this.tree
    const given = new Uint8Array(znodes.handlesEnd)
    for await (const batch of this.snapshot()) {
      const keyed: Keyed[] = []
      for (const [index, found] of batch.znodes.entries()) {
        const place = batch.first + index
        if (!this.isHeld(place)) {
          keyed.push([found.key, znodeOf(found, this.childrenAt(place), batch.acls)])
          continue
        }
        const handle = znodes.find(found.bytes, found.pathStart, found.pathEnd)
        if (handle === 0) continue
        given[handle] = 1
        keyed.push([found.key, znodes.znode(handle)])
      }
      yield keyed
    }
    yield* this.#created(given)
  }

  /** Whether the logs may change the znode of the snapshot: then it is in the tree, unless they deleted it. */
  isHeld(place: number): boolean {
    return this.#held[place] === 1
  }

  /** Of a znode that is not held. */
  childrenAt(place: number): number {
    return this.#children[place] ?? 0
  }

  /** Reads the snapshot; `touched` is what the logs change. @throws DamagedFile */
  async load(touched: Touched): Promise<void> {
    if (touched.ended.size > 0) await this.#touchEphemerals(touched)
    const { znodes } = this.tree
    const lineage = new Lineage()
    /** By handle. */
    const places: number[] = []
    for await (const { first, znodes: batch, acls } of this.snapshot(this.tree.sessions)) {
      for (const [index, found] of batch.entries()) {
        const place = first + index
        const { bytes, pathStart, pathEnd } = found
        if (touched.paths.has(hashOf(bytes, pathStart, pathEnd)) || isQuota(found.path)) {
          const handle = znodes.addFound(found, acls)
          if (found.isOwned) own(this.tree, handle)
          places[handle] = place
          this.#held[place] = 1
        } else this.#untouched.add(found, acls)
        const parent = lineage.depthFirst ? lineage.parentOf(found, place) : undefined
        if (parent !== undefined) this.#children[parent] = this.childrenAt(parent) + 1
      }
    }
    touched.paths.clear() // from here on the bits say it
    if (!lineage.depthFirst) await this.#countByName()
    for (const handle of znodes.handles()) znodes.addChildren(handle, this.childrenAt(places[handle] ?? 0))
  }

  /** Servers count what is below a quota without transactions. */
  async settleQuotas(): Promise<void> {
    const usages = limitedPaths(this.tree).map(path => new Usage(path))
    if (usages.length === 0) return
    for (const usage of usages) usage.addAll(this.tree)
    for await (const { first, znodes } of this.snapshot()) {
      for (const [index, { path, dataBytes }] of znodes.entries()) {
        if (!this.isHeld(first + index)) for (const usage of usages) usage.add(path, dataBytes)
      }
    }
    for (const usage of usages) usage.settle(this.tree)
  }

  /** Why this would not be the state at `zxid`, whose digest is `wanted` where it is known. */
  doubt(wanted: bigint | undefined, zxid: bigint): Omit<Note, 'file' | 'offset'> | undefined {
    const { orphaned, znodes } = this.tree
    if (orphaned !== undefined) {
      return { expected: `no children of ${orphaned}, which the logs delete`, saw: 'some that the logs do not know' }
    }
    if (wanted !== undefined) {
      const found = BigInt.asUintN(64, treeDigest(this.tree) + this.#untouched.digest.value)
      if (wanted !== found) return { expected: `a tree with digest ${hex(wanted)} at ${hex(zxid)}`, saw: hex(found) }
    }
    const unknown = this.#untouched.withoutAcl ?? znodes.withoutAcl
    return unknown === undefined ? undefined : { expected: `an ACL for ${unknown}`, saw: 'an id without entries' }
  }

  /** All znodes of the snapshot as they are there, in its order; the sessions go into `sessions`, where that is given. */
  async *snapshot(sessions?: Map<bigint, number>): AsyncGenerator<Batch> {
    const { snapshot, znodes } = this.#base
    if (!snapshot) return
    let acls: AclTable = new Map()
    let next = 0
    for await (const part of decodeSnapshot(plainSnapshot(this.#files.open(snapshot.file), snapshot.compression))) {
      if (part.kind === 'sessions') for (const { id, timeoutMs } of part.sessions) sessions?.set(id, timeoutMs)
      else if (part.kind === 'acls') acls = part.acls
      else if (part.kind === 'znodes') {
        const first = next
        next += part.znodes.length
        if (next > znodes) throw new DamagedFile(0, `${znodes} znodes, as when it was read before`, 'more')
        yield { first, znodes: part.znodes, acls }
      }
    }
  }

  /** In batches, those of the tree that were not `given`, in the order of their paths. */
  *#created(given: Uint8Array): Generator<readonly Keyed[]> {
    const { znodes } = this.tree
    const created: { readonly key: string; readonly handle: Handle }[] = []
    for (const handle of znodes.handles()) if (given[handle] === 0) created.push({ key: znodes.key(handle), handle })
    created.sort((a, b) => (a.key < b.key ? -1 : 1))
    for (let at = 0; at < created.length; at += CREATED_AT_ONCE) {
      yield created.slice(at, at + CREATED_AT_ONCE).map(({ key, handle }): Keyed => [key, znodes.znode(handle)])
    }
  }

  /** What sessions that end in the logs own goes with them, though no transaction names it. */
  async #touchEphemerals(touched: Touched): Promise<void> {
    for await (const { znodes } of this.snapshot()) {
      for (const found of znodes) {
        if (found.isOwned && touched.ended.has(found.ephemeralOwner)) touchWithParent(touched, found.path)
      }
    }
  }

  /** For snapshots that no server wrote: parents are somewhere in front of their children, and found by their names. */
  async #countByName(): Promise<void> {
    this.#children.fill(0)
    const counts = new Map<string, number>()
    for await (const { znodes } of this.snapshot()) {
      for (const { key } of znodes) if (key !== '') counts.set(parentOf(key), (counts.get(parentOf(key)) ?? 0) + 1)
    }
    for await (const { first, znodes } of this.snapshot()) {
      for (const [index, { key }] of znodes.entries()) {
        this.#children[first + index] = counts.get(key) ?? 0
        counts.delete(key)
        if (key !== '' && counts.has(parentOf(key))) {
          throw new DamagedFile(0, 'every znode behind its parent', `${key} without one`)
        }
      }
    }
  }
}
