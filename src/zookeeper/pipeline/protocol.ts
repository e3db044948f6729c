// What of ZooKeeper's client protocol the pipeline speaks. Source: apache/zookeeper `zookeeper.jute`, `ZooDefs.java`, `KeeperException.java`.
import type { JuteReader } from '../files/jute.ts'
import type { ByteString, FrameWriter } from './frame-writer.ts'

export const op = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  createContainer: 19,
  auth: 100,
  closeSession: -11,
} as const

/** xids that no request of a caller has. */
export const xidOf = { watch: -1, ping: -2, auth: -4 } as const

export const code = {
  connectionLoss: -4,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
} as const

/** Who may do what, as the server sends it. */
export interface AclEntry {
  /** read 1, write 2, create 4, delete 8, admin 16. */
  readonly perms: number
  readonly scheme: ByteString
  readonly id: ByteString
}

export function readAcl(from: JuteReader): readonly AclEntry[] {
  const entry = () => ({
    perms: from.int(),
    scheme: from.string().toString('latin1'),
    id: from.string().toString('latin1'),
  })
  return from.vector(entry) ?? []
}

export function writeAcl(to: FrameWriter, acl: readonly AclEntry[]): void {
  to.int(acl.length)
  for (const { perms, scheme, id } of acl) to.int(perms).string(scheme).string(id)
}

export const readNames = (from: JuteReader): readonly ByteString[] =>
  from.vector(() => from.string().toString('latin1')) ?? []

/** Index of the first change that could not be made and its code; undefined where all were. (MultiResponse: the others say 0 or -2, runtime inconsistency.) */
export function firstRefused(from: JuteReader): { readonly index: number; readonly code: number } | undefined {
  for (let index = 0; ; index++) {
    const type = from.int()
    const done = from.boolean()
    const error = from.int()
    if (done || type !== -1) return undefined
    const code = from.int()
    if (code !== 0 && code !== runtimeInconsistency) return { index, code: code || error }
  }
}

const runtimeInconsistency = -2
