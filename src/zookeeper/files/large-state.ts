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
import { type Totals, totalsOf } from './print-tree.ts'
import { isQuota, limitedPaths, Usage } from './quota.ts'
import { apply, type Rules } from './replay.ts'
import { decodeSnapshot } from './snapshot.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { nothingTouched, type Touched, touch, touchWithParent } from './touched.ts'
import { newTree, noTree, parentOf, type Tree, type Znode } from './tree.ts'
import { knownDigest, treeDigest } from './tree-digest.ts'
import { type AclTable, Untouched, znodeOf } from './untouched.ts'

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

/** A znode of the snapshot: a view, good until the next batch. */
export interface Found {
  /** Its place among the snapshot's znodes. */
  readonly at: number
  readonly found: SnapshotZnode
  readonly acls: AclTable
}

/** As a key of the tree. */
export const keyOf = ({ found }: Found): string => found.path.toString('latin1')

export class LargeState {
  /** What the logs change; once they were applied, as it is then. */
  readonly tree: Tree
  readonly #files: DataFiles
  readonly #base: Base
  readonly #rules: Rules
  readonly #untouched: Untouched
  /** By place: 1 where the logs change the znode. */
  readonly #touched: Uint8Array
  /** By place: the children of a znode that the logs don't change. */
  readonly #children: Uint32Array
  /** Znodes that the logs change, and that have children which they don't: they must not be deleted. */
  readonly #parents = new Map<string, Znode>()

  constructor(files: DataFiles, base: Base, rules: Rules) {
    this.tree = base.snapshot ? noTree() : newTree(rules)
    this.#files = files
    this.#base = base
    this.#rules = rules
    this.#untouched = new Untouched(rules)
    this.#touched = new Uint8Array(base.znodes)
    this.#children = new Uint32Array(base.znodes)
  }

  /** Of all znodes. */
  get totals(): Totals {
    const held = totalsOf(this.tree.znodes.values(), this.#rules)
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

  /** All znodes in batches, each behind its parent: the snapshot's order, then what the logs created. Data of most are views: keep copies. */
  async *parentsFirst(): AsyncGenerator<readonly Keyed[]> {
    const given = new Set<string>()
    const held = (key: string): readonly Keyed[] => {
      const znode = this.tree.znodes.get(key)
      if (!znode) return []
      given.add(key)
      return [[key, znode]]
    }
    for await (const batch of this.#snapshot()) {
      const keyed: Keyed[] = []
      for (const one of batch) {
        if (this.#touched[one.at] === 1) keyed.push(...held(keyOf(one)))
        else keyed.push([keyOf(one), znodeOf(one.found, this.childrenAt(one.at), one.acls)])
      }
      yield keyed
    }
    yield [...this.tree.znodes].filter(([key]) => !given.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  }

  childrenAt(place: number): number {
    return this.#children[place] ?? 0
  }

  /** Those that the logs don't change, as the snapshot has them, in its order. */
  async *untouched(): AsyncGenerator<readonly Found[]> {
    for await (const batch of this.#snapshot()) yield batch.filter(({ at }) => this.#touched[at] === 0)
  }

  /** Reads the snapshot; `touched` is what the logs change. @throws DamagedFile */
  async load(touched: Touched): Promise<void> {
    if (touched.ended.size > 0) await this.#touchEphemerals(touched)
    const lineage = new Lineage<Seen>()
    for await (const batch of this.#snapshot()) {
      for (const { at, found, acls } of batch) {
        const key = found.path.toString('latin1')
        const isTouched = touched.keys.has(key) || isQuota(key)
        if (isTouched) this.#touched[at] = 1
        else this.#untouched.add(key, found, acls)
        const held = isTouched ? this.#hold(key, znodeOf(found, 0, acls)) : undefined
        if (!lineage.depthFirst) continue
        const parent = lineage.parentOf(key, { at, key, held })
        if (parent) this.#countChild(parent, isTouched)
      }
    }
    touched.keys.clear() // from here on the bits say it
    if (!lineage.depthFirst) await this.#countByName()
  }

  /** Servers count what is below a quota without transactions. */
  async settleQuotas(): Promise<void> {
    const usages = limitedPaths(this.tree).map(path => new Usage(path))
    if (usages.length === 0) return
    for (const [key, znode] of this.tree.znodes) for (const usage of usages) usage.add(key, znode)
    for await (const batch of this.untouched()) {
      for (const one of batch) for (const usage of usages) usage.add(keyOf(one), one.found)
    }
    for (const usage of usages) usage.settle(this.tree)
  }

  /** Why this would not be the state at `zxid`, whose digest is `wanted` where it is known. */
  doubt(wanted: bigint | undefined, zxid: bigint): Omit<Note, 'file' | 'offset'> | undefined {
    for (const [path, znode] of this.#parents) {
      if (this.tree.znodes.get(path) !== znode) {
        return { expected: `no children of ${path}, which the logs delete`, saw: 'some that the logs do not know' }
      }
    }
    if (wanted !== undefined) {
      const found = BigInt.asUintN(64, treeDigest(this.tree) + this.#untouched.digest)
      if (wanted !== found) return { expected: `a tree with digest ${hex(wanted)} at ${hex(zxid)}`, saw: hex(found) }
    }
    const unknown = this.#untouched.withoutAcl ?? [...this.tree.znodes].find(([, { acl }]) => !acl)?.[0]
    return unknown === undefined ? undefined : { expected: `an ACL for ${unknown}`, saw: 'an id without entries' }
  }

  async *#snapshot(): AsyncGenerator<readonly Found[]> {
    const { snapshot, znodes } = this.#base
    if (!snapshot) return
    let acls: AclTable = new Map()
    let next = 0
    for await (const part of decodeSnapshot(plainSnapshot(this.#files.open(snapshot.file), snapshot.compression))) {
      if (part.kind === 'sessions') {
        if (this.#untouched.totals.znodes + this.tree.znodes.size === 0) {
          for (const { id, timeoutMs } of part.sessions) this.tree.sessions.set(id, timeoutMs)
        }
      } else if (part.kind === 'acls') acls = part.acls
      else if (part.kind === 'znodes') {
        const table = acls
        const first = next
        next += part.znodes.length
        if (next > znodes) throw new DamagedFile(0, `${znodes} znodes, as when it was read before`, 'more')
        yield part.znodes.map((found, index) => ({ at: first + index, found, acls: table }))
      }
    }
  }

  #hold(key: string, seen: Znode): Znode {
    const znode = { ...seen, data: seen.data && Buffer.from(seen.data) }
    this.tree.znodes.set(key, znode)
    if (znode.ephemeralOwner === 0n) return znode
    const owned = this.tree.ephemerals.get(znode.ephemeralOwner)
    if (owned) owned.add(key)
    else this.tree.ephemerals.set(znode.ephemeralOwner, new Set([key]))
    return znode
  }

  #countChild({ at, key, held }: Seen, isTouched: boolean, children = 1): void {
    if (!held) {
      this.#children[at] = this.childrenAt(at) + children
      return
    }
    held.children += children
    if (!isTouched) this.#parents.set(key, held)
  }

  /** What sessions that end in the logs own goes with them, though no transaction names it. */
  async #touchEphemerals(touched: Touched): Promise<void> {
    for await (const batch of this.#snapshot()) {
      for (const one of batch) {
        if (touched.ended.has(one.found.ephemeralOwner)) touchWithParent(touched, keyOf(one))
      }
    }
  }

  /** For snapshots that no server wrote: parents are somewhere in front of their children, and found by their names. */
  async #countByName(): Promise<void> {
    this.#children.fill(0)
    this.#parents.clear()
    for (const znode of this.tree.znodes.values()) znode.children = 0
    const counts = new Map<string, { touched: number; untouched: number }>()
    for await (const batch of this.#snapshot()) {
      for (const one of batch) {
        const key = keyOf(one)
        if (key === '') continue
        const parent = parentOf(key)
        const count = counts.get(parent) ?? { touched: 0, untouched: 0 }
        counts.set(parent, count)
        if (this.#touched[one.at] === 1) count.touched++
        else count.untouched++
      }
    }
    for await (const batch of this.#snapshot()) {
      for (const one of batch) {
        const key = keyOf(one)
        const count = counts.get(key)
        if (count) {
          const seen = { at: one.at, key, held: this.#touched[one.at] === 1 ? this.tree.znodes.get(key) : undefined }
          if (count.touched > 0) this.#countChild(seen, true, count.touched)
          if (count.untouched > 0) this.#countChild(seen, false, count.untouched)
          counts.delete(key)
        }
        if (key !== '' && counts.has(parentOf(key))) {
          throw new DamagedFile(0, 'every znode behind its parent', `${key} without one`)
        }
      }
    }
  }
}

/** What is remembered of a znode while its children pass. */
interface Seen {
  readonly at: number
  readonly key: string
  /** Where the logs change it. */
  readonly held: Znode | undefined
}
