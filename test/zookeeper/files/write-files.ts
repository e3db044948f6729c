// Writes snapshots and logs as a server does, for tests that need files whose content they know.

import { adler32 } from '../../../src/zookeeper/files/adler32.ts'

export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt.asIntN(64, value))
  return bytes
}
export const buffer = (value: Buffer | null): Buffer => (value ? Buffer.concat([int(value.length), value]) : int(-1))
export const string = (value: string): Buffer => buffer(Buffer.from(value))

export interface WrittenAcl {
  readonly perms: number
  readonly scheme: string
  readonly id: string
}
export const aclVector = (acl: readonly WrittenAcl[]): Buffer =>
  Buffer.concat([
    int(acl.length),
    ...acl.map(({ perms, scheme, id }) => Buffer.concat([int(perms), string(scheme), string(id)])),
  ])

export interface WrittenZnode {
  readonly path: string
  readonly data: Buffer | null
  readonly aclId: bigint
  readonly czxid: bigint
  readonly mzxid: bigint
  readonly ctime: number
  readonly mtime: number
  readonly version: number
  readonly cversion: number
  readonly aversion: number
  readonly ephemeralOwner: bigint
  readonly pzxid: bigint
}

export interface WrittenSnapshot {
  readonly sessions: readonly (readonly [bigint, number])[]
  readonly acls: readonly (readonly [bigint, readonly WrittenAcl[]])[]
  readonly znodes: readonly WrittenZnode[]
  /** 3.6+: written as a section with its own seal. */
  readonly digest?: { readonly zxid: bigint; readonly tree: bigint }
  /** 3.9+ */
  readonly lastProcessedZxid?: bigint
}

export function snapshotFile(snapshot: WrittenSnapshot): Buffer {
  const { sessions, acls, znodes, digest, lastProcessedZxid } = snapshot
  const stat = (znode: WrittenZnode) => [
    long(znode.czxid),
    long(znode.mzxid),
    long(BigInt(znode.ctime)),
    long(BigInt(znode.mtime)),
    int(znode.version),
    int(znode.cversion),
    int(znode.aversion),
    long(znode.ephemeralOwner),
    long(znode.pzxid),
  ]
  let file: Buffer = Buffer.concat([
    Buffer.from('ZKSN'),
    int(2),
    long(-1n),
    int(sessions.length),
    ...sessions.flatMap(([id, timeoutMs]) => [long(id), int(timeoutMs)]),
    int(acls.length),
    ...acls.flatMap(([id, acl]) => [long(id), aclVector(acl)]),
    ...znodes.flatMap(znode => [string(znode.path), buffer(znode.data), long(znode.aclId), ...stat(znode)]),
    string('/'),
  ])
  file = sealed(file)
  if (digest) file = sealed(Buffer.concat([file, long(digest.zxid), int(2), long(digest.tree)]))
  if (lastProcessedZxid !== undefined) file = sealed(Buffer.concat([file, long(lastProcessedZxid)]))
  return file
}

const sealed = (bytes: Buffer): Buffer => Buffer.concat([bytes, long(BigInt(adler32(bytes))), string('/')])

export interface WrittenRecord {
  readonly session: bigint
  readonly zxid: bigint
  readonly time: number
  readonly type: number
  readonly body: Buffer
}

export function logFile(records: readonly WrittenRecord[], paddingBytes: number): Buffer {
  const frames = records.map(({ session, zxid, time, type, body }) => {
    const record = Buffer.concat([long(session), int(1), long(zxid), long(BigInt(time)), int(type), body])
    return Buffer.concat([long(BigInt(adler32(record))), int(record.length), record, Buffer.from('B')])
  })
  return Buffer.concat([Buffer.from('ZKLG'), int(2), long(0n), ...frames, Buffer.alloc(paddingBytes)])
}
