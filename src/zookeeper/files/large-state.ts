// The state at a zxid in bounded memory: what the logs change is held, everything else is read from the snapshot again
// whenever it is asked for.

import { plainSnapshot } from './check-snapshot.ts'
import { DamagedFile, hex, type Note } from './damage.ts'
import { followLogs } from './follow-logs.ts'
import {
  type Base,
  type Build,
  type DataFiles,
  type InspectOptions,
  type Proven,
  prove,
  rulesFor,
  type Unproven,
} from './inspect.ts'
import { type Totals, totalsOf } from './print-tree.ts'
import { isQuota, limitedPaths, Usage } from './quota.ts'
import { apply, type Rules } from './replay.ts'
import { decodeSnapshot } from './snapshot.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { nothingTouched, type Touched, touch, touchWithParent } from './touched.ts'
import { newTree, noTree, parentOf, type Tree, type Znode } from './tree.ts'
import { knownDigest, treeDigest } from './tree-digest.ts'
import { type AclTable, Lineage, Untouched, znodeOf } from './untouched.ts'

interface Built {
  readonly rules: Rules
  readonly state: LargeState
}

export type LargeInspection = (Proven & Built) | Unproven

/** As `inspect`, with the same answers. */
export const inspectLarge = (files: DataFiles, options: InspectOptions = {}): Promise<LargeInspection> =>
  prove<Built>(files, options, build)

const build: Build<Built> = async (files, base, logs, chain, options) => {
  const rules = rulesFor(base, chain, options)
  const file = base.snapshot?.file ?? 'the logs'
  const following = { base: base.zxid, logs, open: files.open, upTo: chain.last }
  const touched = nothingTouched()
  if (base.snapshot) await followLogs({ ...following, onTransaction: transaction => touch(touched, transaction) })
  const state = new LargeState(files, base, rules, touched)
  try {
    await state.load()
  } catch (error) {
    if (error instanceof DamagedFile) return { doubt: error.in(file) }
    throw error
  }
  let digest: { readonly version: number; readonly tree: bigint } | undefined
  await followLogs({
    ...following,
    onTransaction: transaction => {
      apply(state.tree, transaction, rules)
      digest = transaction.digest ?? digest
    },
  })
  await state.settleQuotas()
  const known = digest !== undefined && knownDigest(digest.version) && rules === '3.6' ? digest.tree : undefined
  const doubt = state.doubt(known, chain.last)
  return doubt ? { doubt: { file, offset: 0, ...doubt } } : { rules, state }
}

/** A znode of the snapshot: a view, good until the next batch. */
interface Found {
  readonly key: string
  readonly found: SnapshotZnode
  readonly acls: AclTable
}

export class LargeState {
  /** What the logs change; once they were applied, as it is then. */
  readonly tree: Tree
  readonly #files: DataFiles
  readonly #base: Base
  readonly #rules: Rules
  readonly #touched: Touched
  readonly #untouched: Untouched
  /** Znodes that the logs change, and that have children which they don't: they must not be deleted. */
  readonly #parents = new Map<string, Znode>()

  constructor(files: DataFiles, base: Base, rules: Rules, touched: Touched) {
    this.tree = base.snapshot ? noTree() : newTree(rules)
    this.#files = files
    this.#base = base
    this.#rules = rules
    this.#touched = touched
    this.#untouched = new Untouched(rules)
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

  /** Where to cut the paths so that about `atMost` bytes are held at a time. */
  cuts(atMost: number): string[] {
    return this.#untouched.cuts(atMost)
  }

  /** All znodes by their keys, in no order. Data of most are views: keep copies. */
  async *znodes(): AsyncGenerator<readonly [key: string, znode: Znode]> {
    yield* this.tree.znodes
    for await (const batch of this.untouched()) {
      for (const { key, found, acls } of batch) yield [key, znodeOf(found, this.childrenOf(key), acls)]
    }
  }

  /** All znodes in batches, each behind its parent: the snapshot's order, then what the logs created. Data of most are views: keep copies. */
  async *parentsFirst(): AsyncGenerator<readonly (readonly [key: string, znode: Znode])[]> {
    const given = new Set<string>()
    const held = (key: string): readonly (readonly [string, Znode])[] => {
      const znode = this.tree.znodes.get(key)
      if (!znode) return []
      given.add(key)
      return [[key, znode]]
    }
    for await (const batch of this.#snapshot()) {
      yield batch.flatMap(({ key, found, acls }) =>
        this.#isTouched(key) ? held(key) : [[key, znodeOf(found, this.childrenOf(key), acls)] as const],
      )
    }
    yield [...this.tree.znodes].filter(([key]) => !given.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  }

  childrenOf(key: string): number {
    return this.#untouched.childrenOf(key)
  }

  /** Those that the logs don't change, as the snapshot has them, in its order. */
  async *untouched(): AsyncGenerator<readonly Found[]> {
    for await (const batch of this.#snapshot()) yield batch.filter(({ key }) => !this.#isTouched(key))
  }

  /** Reads the snapshot. @throws DamagedFile */
  async load(): Promise<void> {
    if (this.#touched.ended.size > 0) await this.#touchEphemerals()
    const lineage = new Lineage()
    for await (const batch of this.#snapshot()) {
      for (const { key, found, acls } of batch) {
        const parent = parentOf(key)
        lineage.add(key, parent)
        const isTouched = this.#isTouched(key)
        if (isTouched) this.#hold(key, { ...znodeOf(found, 0, acls), data: found.data && Buffer.from(found.data) })
        else this.#untouched.add(key, found, acls)
        if (key !== '') this.#countChild(parent, isTouched)
      }
    }
    if (!lineage.depthFirst) await this.#seeAllParents()
  }

  /** Servers count what is below a quota without transactions. */
  async settleQuotas(): Promise<void> {
    const usages = limitedPaths(this.tree).map(path => new Usage(path))
    if (usages.length === 0) return
    for (const [key, znode] of this.tree.znodes) for (const usage of usages) usage.add(key, znode)
    for await (const batch of this.untouched()) {
      for (const { key, found } of batch) for (const usage of usages) usage.add(key, found)
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
    const found = BigInt.asUintN(64, treeDigest(this.tree) + this.#untouched.digest)
    if (wanted !== undefined && wanted !== found) {
      return { expected: `a tree with digest ${hex(wanted)} at ${hex(zxid)}`, saw: hex(found) }
    }
    const unknown = this.#untouched.withoutAcl ?? [...this.tree.znodes].find(([, { acl }]) => !acl)?.[0]
    return unknown === undefined ? undefined : { expected: `an ACL for ${unknown}`, saw: 'an id without entries' }
  }

  async *#snapshot(): AsyncGenerator<readonly Found[]> {
    const { snapshot } = this.#base
    if (!snapshot) return
    let acls: AclTable = new Map()
    for await (const part of decodeSnapshot(plainSnapshot(this.#files.open(snapshot.file), snapshot.compression))) {
      if (part.kind === 'sessions') {
        if (this.#untouched.totals.znodes + this.tree.znodes.size === 0) {
          for (const { id, timeoutMs } of part.sessions) this.tree.sessions.set(id, timeoutMs)
        }
      } else if (part.kind === 'acls') acls = part.acls
      else if (part.kind === 'znodes') {
        const table = acls
        yield part.znodes.map(found => ({ key: found.path.toString('latin1'), found, acls: table }))
      }
    }
  }

  #isTouched(key: string): boolean {
    return this.#touched.keys.has(key) || isQuota(key)
  }

  #hold(key: string, znode: Znode): void {
    this.tree.znodes.set(key, znode)
    if (znode.ephemeralOwner === 0n) return
    const owned = this.tree.ephemerals.get(znode.ephemeralOwner)
    if (owned) owned.add(key)
    else this.tree.ephemerals.set(znode.ephemeralOwner, new Set([key]))
  }

  #countChild(parent: string, isTouched: boolean): void {
    const held = this.tree.znodes.get(parent)
    if (!held) {
      this.#untouched.countChild(parent)
      return
    }
    held.children++
    if (!isTouched) this.#parents.set(parent, held)
  }

  /** What sessions that end in the logs own goes with them, though no transaction names it. */
  async #touchEphemerals(): Promise<void> {
    for await (const batch of this.#snapshot()) {
      for (const { key, found } of batch) {
        if (this.#touched.ended.has(found.ephemeralOwner)) touchWithParent(this.#touched, key)
      }
    }
  }

  async #seeAllParents(): Promise<void> {
    const unseen = new Set(this.#untouched.parents)
    for await (const batch of this.#snapshot()) {
      for (const { key } of batch) {
        unseen.delete(key)
        if (unseen.has(parentOf(key))) throw new DamagedFile(0, 'every znode behind its parent', `${key} without one`)
      }
    }
  }
}
