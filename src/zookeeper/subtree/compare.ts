// What of a backup's subtree the living one lacks, or has otherwise, and what a restore would therefore do. Fed znode by znode as a walk sees them; touches nothing.
import type { ByteString } from '../pipeline/frame-writer.ts'
import type { AclEntry } from '../pipeline/protocol.ts'
import { aversionOf, createdOf, czxidOf, ownerOf, versionOf } from '../pipeline/stat.ts'
import type { SeenZnode } from '../walk/walk.ts'
import { isCountedByServer, isRestorable } from './live-state.ts'
import { isMasked, isTemporary, letsAnybodyIn, sameAcl } from './temporary-acl.ts'
import type { Wanted, WantedZnode } from './wanted.ts'

/** merge: only what is missing is made. overwrite: what differs is set, too. mirror: what the backup has not goes. */
type How = 'merge' | 'overwrite' | 'mirror'

export interface Rule {
  readonly how: How
  /** mirror: only what was created up to here was shown to anybody, and may go. */
  readonly removesUpTo: bigint
}

export interface Difference {
  /** Parents first. `temporarily`: its own ACL would keep out who makes its children; it is set at the end. */
  readonly creates: readonly { readonly znode: WantedZnode; readonly temporarily: boolean }[]
  readonly sets: readonly { readonly znode: WantedZnode; readonly version: number }[]
  /** Children first. */
  readonly acls: readonly { readonly path: ByteString; readonly acl: readonly AclEntry[]; readonly version: number }[]
  /** Parents whose next sequential child would get a number that was given before. */
  readonly counters: readonly { readonly path: ByteString; readonly by: number }[]
  /** Children first. */
  readonly removes: readonly { readonly path: ByteString; readonly version: number }[]
  /** What stays as it is although the backup has it otherwise, or not at all. */
  readonly stays: {
    /** merge: data or ACL differ. */
    readonly differing: number
    /** Not in the backup. */
    readonly unknown: number
    /** mirror: made since the plan. */
    readonly later: readonly ByteString[]
    /** mirror: of living sessions, not in the backup. */
    readonly ephemeral: number
  }
  /** Ephemeral here and not in the backup: of a living client, who must let go of it first. */
  readonly inTheWay: readonly ByteString[]
  /** Not to be read, or its ACL not to be seen whole, with these credentials: taken to be as it should. */
  readonly unseen: readonly ByteString[]
  readonly living: { readonly znodes: number; readonly ephemerals: ReadonlyMap<ByteString, bigint> }
}

export const isNothing = ({ creates, sets, acls, counters, removes }: Difference): boolean =>
  creates.length + sets.length + acls.length + counters.length + removes.length === 0

const parentOf = (path: ByteString): ByteString => path.slice(0, path.lastIndexOf('/')) || '/'

/** A znode above the subtree. `waiting`: made by a restore, and its ACL, of this version, is still the temporary one. */
export interface SeenAbove {
  readonly znode: WantedZnode
  readonly is: 'missing' | 'there' | { readonly waiting: number }
}

interface Unknown {
  readonly path: ByteString
  readonly version: number
  readonly czxid: bigint
  readonly isEphemeral: boolean
}

export class Comparison {
  readonly #wanted: Wanted
  readonly #rule: Rule
  readonly #created = new Map<ByteString, number>()
  readonly #sets: { znode: WantedZnode; version: number }[] = []
  readonly #acls: { path: ByteString; acl: readonly AclEntry[]; version: number }[] = []
  readonly #unknown: Unknown[] = []
  readonly #ephemerals = new Map<ByteString, bigint>()
  readonly #inTheWay: ByteString[] = []
  readonly #unseen: ByteString[] = []
  #differing = 0
  #living = 0

  constructor(wanted: Wanted, rule: Rule) {
    this.#wanted = wanted
    this.#rule = rule
  }

  /** Whether a walk should read this path. */
  static wants(path: ByteString): boolean {
    return isRestorable(path)
  }

  see({ path, data, acl, stat }: SeenZnode): void {
    if (!isRestorable(path)) return
    this.#living++
    const owner = ownerOf(stat)
    if (owner !== 0n) this.#ephemerals.set(path, owner)
    const wanted = this.#wanted.znodes.get(path)
    if (!wanted) {
      if (!this.#wanted.ephemerals.has(path))
        this.#unknown.push({ path, version: versionOf(stat), czxid: czxidOf(stat), isEphemeral: owner !== 0n })
      return
    }
    this.#created.set(path, createdOf(stat))
    if (owner !== 0n) {
      this.#inTheWay.push(path)
      return
    }
    const isSet = isCountedByServer(path) || sameData(data, wanted.data)
    const isAcl = sameAcl(acl, wanted.acl)
    if (isTemporary(acl) && !isAcl) this.#acls.push({ path, acl: wanted.acl, version: aversionOf(stat) })
    else if (!isAcl && isMasked(acl)) this.#unseen.push(path)
    else if (!isAcl && this.#rule.how !== 'merge') this.#acls.push({ path, acl: wanted.acl, version: aversionOf(stat) })
    if (!isSet && this.#rule.how !== 'merge') this.#sets.push({ znode: wanted, version: versionOf(stat) })
    if (this.#rule.how === 'merge' && (!isSet || !(isAcl || isTemporary(acl)))) this.#differing++
  }

  /** `unreadable`: as the walk says. */
  result(unreadable: readonly ByteString[], above: readonly SeenAbove[]): Difference {
    const hidden = new Set(unreadable)
    const blocked = new Set([...hidden, ...this.#inTheWay])
    const missing = [...this.#wanted.znodes.values()]
      .filter(({ path }) => !this.#created.has(path) && !isUnder(blocked, path, this.#wanted.top))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
    const all = [...above.filter(({ is }) => is === 'missing').map(({ znode }) => znode), ...missing]
    const made = new Map<ByteString, number>()
    for (const { path } of all) made.set(parentOf(path), (made.get(parentOf(path)) ?? 0) + 1)
    const counters: { path: ByteString; by: number }[] = []
    for (const { path, created } of this.#wanted.znodes.values()) {
      if (isUnder(blocked, path, this.#wanted.top)) continue
      const by = created - (this.#created.get(path) ?? 0) - (made.get(path) ?? 0)
      if (Number.isSafeInteger(by) && by > 0) counters.push({ path, by })
    }
    const raised = new Set(counters.map(({ path }) => path))
    const creates = all.map(znode => ({
      znode,
      temporarily: (made.has(znode.path) || raised.has(znode.path)) && !letsAnybodyIn(znode.acl),
    }))
    const later = creates.filter(({ temporarily }) => temporarily)
    const waiting = above.flatMap(({ znode: { path, acl }, is }) =>
      typeof is === 'object' ? [{ path, acl, version: is.waiting }] : [],
    )
    const acls = [...this.#acls, ...waiting, ...later.map(({ znode: { path, acl } }) => ({ path, acl, version: 0 }))]
    acls.sort((a, b) => (a.path < b.path ? 1 : -1))
    return {
      ...{ creates, sets: this.#sets, acls, counters },
      ...this.#removals(),
      inTheWay: this.#inTheWay,
      unseen: [...this.#unseen, ...hidden],
      living: { znodes: this.#living, ephemerals: this.#ephemerals },
    }
  }

  #removals(): Pick<Difference, 'removes' | 'stays'> {
    const differing = this.#differing
    if (this.#rule.how !== 'mirror')
      return { removes: [], stays: { differing, unknown: this.#unknown.length, later: [], ephemeral: 0 } }
    const isLater = ({ czxid, isEphemeral }: Unknown) => !isEphemeral && czxid > this.#rule.removesUpTo
    const staying = new Set<ByteString>()
    for (const one of this.#unknown) {
      if (!one.isEphemeral && !isLater(one)) continue
      for (let path = one.path; path !== '/' && !staying.has(path); path = parentOf(path)) staying.add(path)
    }
    // What the backup has as ephemeral stays, and with it what it stands under.
    for (const ephemeral of this.#wanted.ephemerals) {
      if (this.#ephemerals.has(ephemeral))
        for (let path = ephemeral; path !== '/' && !staying.has(path); path = parentOf(path)) staying.add(path)
    }
    const removes = this.#unknown.filter(({ path }) => !staying.has(path)).reverse()
    return {
      removes: removes.map(({ path, version }) => ({ path, version })),
      stays: {
        differing,
        unknown: this.#unknown.length - removes.length,
        later: this.#unknown.filter(isLater).map(({ path }) => path),
        ephemeral: this.#unknown.filter(({ isEphemeral }) => isEphemeral).length,
      },
    }
  }
}

const sameData = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other)

function isUnder(tops: ReadonlySet<ByteString>, path: ByteString, upTo: ByteString): boolean {
  if (tops.size === 0) return false
  for (let at = path; ; at = parentOf(at)) {
    if (tops.has(at)) return true
    if (at === upTo || at === '/') return false
  }
}
