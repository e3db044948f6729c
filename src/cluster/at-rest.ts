// What the masters' disks say of ZooKeeper while no quorum serves. Pure.
import type { NodeName } from '../plan/types.ts'
import { compareNames } from './ranks.ts'

export type AtRest =
  | {
      readonly name: NodeName
      /** The epoch that it was last part of (currentEpoch). */
      readonly epoch: number
      /** Of the last whole record in its logs, or of its newest snapshot. */
      readonly lastZxid: bigint
    }
  | { readonly name: NodeName; readonly why: string }

export type Readable = Extract<AtRest, { epoch: number }>

export const isReadable = (member: AtRest): member is Readable => 'lastZxid' in member

/** As ZooKeeper elects (FastLeaderElection.totalOrderPredicate): epoch, then zxid; ties by name, since here any of them will do. */
export function beforeInElection(a: AtRest, b: AtRest): number {
  if (!isReadable(a) || !isReadable(b))
    return Number(isReadable(b)) - Number(isReadable(a)) || compareNames(a.name, b.name)
  return b.epoch - a.epoch || compareZxids(b.lastZxid, a.lastZxid) || compareNames(a.name, b.name)
}

function compareZxids(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a > b ? 1 : -1
}
