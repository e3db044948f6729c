// The image that a restore puts in place of an ensemble's files: one snapshot of a proven state, the same bytes for every
// member, without what belongs to sessions or to dcosctl, and with the znodes of the run that restores.

import { AclIds } from './acl-ids.ts'
import type { LargeState } from './large-state.ts'
import { OPEN_ACL } from './open-acl.ts'
import type { Rules } from './replay.ts'
import { CONTAINER_OWNER, shownOwner, type Znode } from './tree.ts'
import { encodeSnapshot } from './write-snapshot.ts'

/** What stands in the image beside the backup's own. */
export interface OwnZnode {
  readonly path: string
  readonly data: Buffer
  /** Children that are put in beside it. */
  readonly children: number
}

/**
 * Which kinds of znodes the server knows that is to serve the image: none (before 3.5), containers, or TTL nodes, too (3.5.4 with extendedTypesEnabled).
 * One that it does not know it takes for the ephemeral of a session that is over, and deletes it; so that such a znode becomes persistent.
 */
export type Marks = 'none' | 'containers' | 'containers-and-ttl'

export interface ImageOptions {
  /** Every zxid in the image is at most the one that names it: this epoch, counter 0. */
  readonly epoch: bigint
  readonly own: readonly OwnZnode[]
  /** ms, for the znodes that are put in. */
  readonly now: number
  readonly marks: Marks
}

/** Of what is left out or made another kind. */
export interface LeftOut {
  readonly ephemerals: number
  readonly containers: number
  readonly ttl: number
  readonly kept: number
}

/** dcosctl's own: who has the cluster is never restored. */
const OWN_ROOT = '/dcosctl'
const isOwn = (key: string): boolean => key === OWN_ROOT || key.startsWith(`${OWN_ROOT}/`)

export const imageName = (epoch: bigint): string => `snapshot.${(epoch << 32n).toString(16)}`

/** Its bytes; the state is read twice, first for the ACLs that are in use. */
export async function* encodeImage(state: LargeState, rules: Rules, options: ImageOptions): AsyncGenerator<Buffer> {
  const acls = new AclIds()
  for await (const batch of imageZnodes(state, rules, options))
    for (const [, { acl }] of batch) if (acl) acls.idOfShared(acl)
  yield* encodeSnapshot(acls, imageZnodes(state, rules, options))
}

/** What an image leaves out of this state. */
export async function leftOut(state: LargeState, rules: Rules): Promise<LeftOut> {
  const seen = { ephemerals: 0, containers: 0, ttl: 0, kept: 0 }
  for await (const batch of state.parentsFirst()) {
    for (const [key, { ephemeralOwner }] of batch) {
      if (isOwn(key)) continue
      if (isEphemeral(ephemeralOwner, rules)) seen.ephemerals++
      else {
        seen.kept++
        if (ephemeralOwner === CONTAINER_OWNER) seen.containers++
        else if (ephemeralOwner !== 0n) seen.ttl++
      }
    }
  }
  return seen
}

/** An image without a digest takes at most this; some more is asked for than it will need. */
export async function imageKib(state: LargeState): Promise<number> {
  let bytes = 64 * 1024 * 1024
  for await (const batch of state.parentsFirst())
    for (const [key, { data }] of batch) bytes += key.length + (data?.length ?? 0) + 80
  return Math.ceil(bytes / 1024)
}

const isEphemeral = (owner: bigint, rules: Rules): boolean => shownOwner(owner, rules) !== 0n

/** The znodes of an image, each behind its parent. */
async function* imageZnodes(
  state: LargeState,
  rules: Rules,
  options: ImageOptions,
): AsyncGenerator<readonly (readonly [string, Znode])[]> {
  for await (const batch of state.parentsFirst()) yield kept(batch, rules, options)
  yield options.own.map(one => [one.path, ownZnode(one, options)] as const)
}

function kept(
  batch: readonly (readonly [string, Znode])[],
  rules: Rules,
  { marks }: ImageOptions,
): readonly (readonly [string, Znode])[] {
  return batch
    .filter(([key, { ephemeralOwner }]) => !isOwn(key) && !isEphemeral(ephemeralOwner, rules))
    .map(entry => {
      const [key, znode] = entry
      if (znode.ephemeralOwner === 0n || knows(marks, znode.ephemeralOwner)) return entry
      return [key, { ...znode, ephemeralOwner: 0n }] as const
    })
}

const knows = (marks: Marks, owner: bigint): boolean =>
  marks === 'containers-and-ttl' || (marks === 'containers' && owner === CONTAINER_OWNER)

function ownZnode({ data, children }: OwnZnode, { epoch, now }: ImageOptions): Znode {
  const zxid = epoch << 32n
  return {
    data,
    acl: OPEN_ACL,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: now,
    mtime: now,
    version: 0,
    cversion: children,
    aversion: 0,
    ephemeralOwner: 0n,
    children,
  }
}
