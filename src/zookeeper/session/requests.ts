// What can be asked of a session, as plain values, and their form in node-zookeeper-client.
import { ACL, type Stat as ClientStat, type Op } from 'node-zookeeper-client'

export interface Stat {
  readonly version: number
  readonly cversion: number
  readonly aversion: number
  readonly czxid: bigint
  readonly mzxid: bigint
  readonly pzxid: bigint
  /** Server's wall clock. */
  readonly created: Date
  readonly modified: Date
  /** 16 hex digits of the owning session; undefined for a persistent znode. */
  readonly ephemeralOwner: string | undefined
  readonly dataLength: number
  readonly numChildren: number
}

export interface Acl {
  /** read 1, write 2, create 4, delete 8, admin 16. */
  readonly perms: number
  readonly scheme: string
  readonly id: string
}

/** CreateMode flags of the protocol. */
const modes = { persistent: 0, ephemeral: 1, 'persistent-sequential': 2, 'ephemeral-sequential': 3 } as const
export type Mode = keyof typeof modes
export const modeFlag = (mode: Mode): number => modes[mode]

/** Accepted in place of a version: whatever it is now. */
export const anyVersion = -1

/** One of several changes that happen all or not at all. */
export type Change =
  | { readonly create: string; readonly data: Buffer; readonly mode: Mode }
  | { readonly set: string; readonly data: Buffer; readonly version: number }
  | { readonly remove: string; readonly version: number }
  | { readonly check: string; readonly version: number }

export function pathOf(change: Change): string {
  if ('create' in change) return change.create
  if ('set' in change) return change.set
  return 'remove' in change ? change.remove : change.check
}

export const acls = { open: ACL.OPEN_ACL_UNSAFE, creator: ACL.CREATOR_ALL_ACL } as const
export type AclChoice = keyof typeof acls

/** Types of apache/zookeeper `ZooDefs.OpCode`. */
export function opOf(change: Change): Op {
  if ('create' in change)
    return { type: 1, path: change.create, data: change.data, acls: acls.open, mode: modeFlag(change.mode) }
  if ('set' in change) return { type: 5, path: change.set, data: change.data, version: change.version }
  if ('remove' in change) return { type: 2, path: change.remove, version: change.version }
  return { type: 13, path: change.check, version: change.version }
}

export function statOf(stat: ClientStat): Stat {
  const owner = stat.ephemeralOwner.toString('hex')
  return {
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    czxid: stat.czxid.readBigUInt64BE(),
    mzxid: stat.mzxid.readBigUInt64BE(),
    pzxid: stat.pzxid.readBigUInt64BE(),
    created: new Date(Number(stat.ctime.readBigInt64BE())),
    modified: new Date(Number(stat.mtime.readBigInt64BE())),
    ephemeralOwner: /^0+$/.test(owner) ? undefined : owner,
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
  }
}
