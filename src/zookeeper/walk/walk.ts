// Reads a whole subtree over one pipe: data and ACL of every znode, children of those that have any, hundreds of requests at a time.
//
// A leaf costs two requests: the stat that comes with its data says that it has no children. Should one be created later, the
// parent's pzxid is above the walk's first zxid and the znode counts as changed, as it would had its children been read.

import type { ByteString } from '../pipeline/frame-writer.ts'
import type { Pipe, Reply } from '../pipeline/pipe.ts'
import { type AclEntry, code, op, readAcl, readNames } from '../pipeline/protocol.ts'
import { changedAfter, childrenOf, czxidOf, statBytes } from '../pipeline/stat.ts'
import { ConnectionLost, errorOf } from '../session/errors.ts'
import { Bounds } from './bounds.ts'

export interface SeenZnode {
  /** As on the wire; the root is `/`. */
  readonly path: ByteString
  readonly data: Buffer | null
  readonly acl: readonly AclEntry[]
  /** 68 bytes, for the functions of `pipeline/stat.ts`. */
  readonly stat: Buffer
}

export interface WalkOptions {
  /** Whether to read this path and what is below it; asked of each but where it begins. */
  readonly wanted?: (path: ByteString) => boolean
  /** Parents come before their children. Data and stat are views, good until the call returns: keep copies. */
  readonly onZnode: (znode: SeenZnode) => void
}

export interface Walked {
  readonly znodes: number
  readonly bounds: Bounds
  /** Znodes that these credentials may not read. What is below them is not known either. */
  readonly unreadable: readonly ByteString[]
}

/** Every ACL that is open to all is this one. */
const openAcl: readonly AclEntry[] = [{ perms: 31, scheme: 'world', id: 'anyone' }]
const openAclBytes = Buffer.from('\0\0\0\x01\0\0\0\x1f\0\0\0\x05world\0\0\0\x06anyone', 'latin1')

/** The window is filled up again when such a part of it is free: many requests in one write. */
const refill = 4

const below = (parent: ByteString, name: ByteString): ByteString => (parent === '/' ? `/${name}` : `${parent}/${name}`)

/** Reads from the state that all had when it began, or a later one; `bounds` says which. @throws ConnectionLost; ZooKeeperError for what ZooKeeper refuses */
export async function walk(
  pipe: Pipe,
  from: ByteString | readonly ByteString[],
  { wanted, onZnode }: WalkOptions,
): Promise<Walked> {
  await pipe.sync()
  const bounds = new Bounds()
  const unreadable: ByteString[] = []
  /** Taken from its end, so that it stays short: one subtree is finished before the next is begun. */
  const waiting: ByteString[] = typeof from === 'string' ? [from] : [...from]
  let znodes = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()

  const refused = (what: string, path: ByteString, error: number): void => {
    if (error === code.noNode) bounds.changed(path)
    else if (error === code.noAuth) unreadable.push(path)
    else if (error === code.connectionLoss) {
      reject(new ConnectionLost(`the connection to ${pipe.to} was lost at ${path} (${pipe.why})`, true))
    } else reject(errorOf(error, `${what} ${path}`, path, pipe.why ?? ''))
  }

  function read(path: ByteString): void {
    let data: Buffer | null = null
    let stat: Buffer | undefined
    pipe.askPath(op.getData, path, (error, body, zxid) => {
      bounds.heard(zxid)
      if (error !== 0) return refused('get', path, error)
      data = body.buffer()
      stat = body.bytes.subarray(body.at, body.at + statBytes)
      if (changedAfter(stat, bounds.first)) bounds.changed(path)
      if (childrenOf(stat) > 0) pipe.askPath(op.getChildren2, path, children(path))
    })
    pipe.askPath(op.getAcl, path, (error, body, zxid) => {
      bounds.heard(zxid)
      if (stat === undefined) return // its data was refused
      if (error !== 0) return refused('getAcl', path, error)
      const isOpen =
        body.bytes.compare(openAclBytes, 0, openAclBytes.length, body.at, body.at + openAclBytes.length) === 0
      const acl = isOpen ? openAcl : readAcl(body)
      const later = body.bytes.subarray(body.end - statBytes, body.end)
      // Deleted and created anew between the two answers: what belongs together is asked for again.
      if (czxidOf(later) !== czxidOf(stat)) {
        bounds.changed(path)
        waiting.push(path)
        return
      }
      znodes++
      onZnode({ path, data, acl, stat })
    })
  }

  const children =
    (path: ByteString): Reply =>
    (error, body, zxid) => {
      bounds.heard(zxid)
      if (error !== 0) return refused('children', path, error)
      const names = readNames(body)
      if (changedAfter(body.bytes.subarray(body.at, body.at + statBytes), bounds.first)) bounds.changed(path)
      for (const name of names) {
        const child = below(path, name)
        if (wanted === undefined || wanted(child)) waiting.push(child)
      }
    }

  const goOn = (): void => {
    if (pipe.room >= pipe.window.size / refill || pipe.outstanding === 0) {
      while (pipe.room >= 2) {
        const next = waiting.pop()
        if (next === undefined) break
        read(next)
      }
      pipe.send()
    }
    if (pipe.outstanding === 0 && waiting.length === 0) resolve()
  }
  await pipe.askWhileHearing(goOn, promise)
  return { znodes, bounds, unreadable }
}
