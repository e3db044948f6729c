// What differs between two states, path by path: what may differ is found by digests, then read in the order of paths and merged, so that neither is held whole.

import { suspects } from './fingerprints.ts'
import type { LargeState } from './large-state.ts'
import { type Placed, sortedZnodes } from './print-large.ts'
import type { Rules } from './replay.ts'
import { sameAcl } from './same-acl.ts'
import { shownOwner, type Znode } from './tree.ts'

const littleBytes = 16 * 1024 * 1024
const rangeBytes = 24 * 1024 * 1024

export interface ZnodeDifference {
  readonly path: string
  /** `stat`: data and ACL are the same, but it was written, made anew, or children came or went. */
  readonly change: 'created' | 'deleted' | 'data' | 'acl' | 'data and acl' | 'stat'
  /** As long as a session lives; on either side. */
  readonly ephemeral: boolean
  readonly before: ZnodeInShort | undefined
  readonly after: ZnodeInShort | undefined
}

interface ZnodeInShort {
  readonly bytes: number | null
  readonly version: number
  readonly mzxid: bigint
  readonly mtime: number
}

export interface StateToCompare {
  readonly state: LargeState
  readonly rules: Rules
}

/** `wanted` is asked for each key of a tree. */
export async function* diffStates(
  before: StateToCompare,
  after: StateToCompare,
  wanted: (key: string) => boolean = () => true,
): AsyncGenerator<ZnodeDifference> {
  const { has, bytes } = await suspects(before, after, wanted)
  // What is little is held at once; much is cut into ranges.
  const held = bytes < littleBytes ? Number.POSITIVE_INFINITY : rangeBytes
  const olds = sortedZnodes(before.state, has, held)
  const news = sortedZnodes(after.state, has, held)
  const difference = (
    path: string,
    old: Znode | undefined,
    now: Znode | undefined,
    change: ZnodeDifference['change'],
  ): ZnodeDifference => {
    const ephemeral = isEphemeral(old, before.rules) || isEphemeral(now, after.rules)
    return { path, change, ephemeral, before: short(old), after: short(now) }
  }
  let old = await next(olds)
  let now = await next(news)
  while (old ?? now) {
    if (old && (!now || old.path < now.path)) {
      yield difference(old.path, old.znode, undefined, 'deleted')
      old = await next(olds)
    } else if (now && (!old || now.path < old.path)) {
      yield difference(now.path, undefined, now.znode, 'created')
      now = await next(news)
    } else if (old && now) {
      const change = changeOf(old.znode, now.znode)
      if (change) yield difference(old.path, old.znode, now.znode, change)
      old = await next(olds)
      now = await next(news)
    }
  }
}

async function next(znodes: AsyncGenerator<Placed>): Promise<Placed | undefined> {
  const { value, done } = await znodes.next()
  return done ? undefined : value
}

function changeOf(before: Znode, after: Znode): ZnodeDifference['change'] | undefined {
  const data =
    before.data === null || after.data === null ? before.data !== after.data : !before.data.equals(after.data)
  const acl = !sameAcl(before.acl ?? [], after.acl ?? [])
  if (data) return acl ? 'data and acl' : 'data'
  if (acl) return 'acl'
  return sameStat(before, after) ? undefined : 'stat'
}

const statFields = [
  'czxid',
  'mzxid',
  'pzxid',
  'ctime',
  'mtime',
  'version',
  'cversion',
  'aversion',
  'ephemeralOwner',
  'children',
] as const

const sameStat = (before: Znode, after: Znode): boolean => statFields.every(field => before[field] === after[field])

const isEphemeral = (znode: Znode | undefined, rules: Rules): boolean =>
  znode !== undefined && shownOwner(znode.ephemeralOwner, rules) !== 0n

const short = (znode: Znode | undefined): ZnodeInShort | undefined =>
  znode && { bytes: znode.data?.length ?? null, version: znode.version, mzxid: znode.mzxid, mtime: znode.mtime }
