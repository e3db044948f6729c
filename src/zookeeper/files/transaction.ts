// What a record of a transaction log says: who, when, and the change. Facts: zookeeper.jute and
// SerializeUtils.deserializeTxn of apache/zookeeper, 3.4 to 3.9.

import { DamagedFile } from './damage.ts'
import { type Acl, JuteReader } from './jute.ts'
import type { Span } from './span.ts'

export type Lifetime =
  | { readonly kind: 'persistent' | 'ephemeral' | 'container' }
  | { readonly kind: 'ttl'; readonly ttlMs: bigint }

/** Paths, data and ACLs are views into the record. Versions are the ones after the change. */
export type Change =
  | {
      readonly kind: 'create'
      readonly path: Span
      readonly data: Span | null
      readonly acl: readonly Acl[] | null
      readonly lifetime: Lifetime
      /** The parent's cversion after it; -1: one more than before. */
      readonly parentCVersion: number
    }
  | { readonly kind: 'delete'; readonly path: Span }
  | { readonly kind: 'setData'; readonly path: Span; readonly data: Span | null; readonly version: number }
  | { readonly kind: 'setAcl'; readonly path: Span; readonly acl: readonly Acl[] | null; readonly version: number }
  | { readonly kind: 'createSession'; readonly timeoutMs: number }
  /** `paths`: the ephemerals it deletes, null where the server did not list them (3.4, 3.5). */
  | { readonly kind: 'closeSession'; readonly paths: readonly Span[] | null }
  | { readonly kind: 'multi'; readonly changes: readonly Change[] }
  | { readonly kind: 'check'; readonly path: Span }
  /** A request that failed; it takes a zxid all the same. */
  | { readonly kind: 'error'; readonly error: number }

export interface Transaction {
  readonly session: bigint
  readonly cxid: number
  readonly zxid: bigint
  /** The leader's wall clock, ms. */
  readonly time: number
  readonly change: Change
  /** 3.6+: digest of the whole tree after this transaction. */
  readonly digest: { readonly version: number; readonly tree: bigint } | null
  /** Whether only ZooKeeper 3.5 or later writes such a record. */
  readonly since35: boolean
}

const TYPE = {
  error: -1,
  createSession: -10,
  closeSession: -11,
  create: 1,
  delete: 2,
  setData: 5,
  setAcl: 7,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  createContainer: 19,
  deleteContainer: 20,
  createTtl: 21,
} as const

const DIGEST_BYTES = 12
const TYPES_SINCE_35: ReadonlySet<number> = new Set([15, 16, 19, 20, 21])

/** Decodes `bytes[start, end)`, one record without its frame; `origin`: file offset of `bytes[0]`. Throws `DamagedFile`. */
export function decodeTransaction(bytes: Buffer, start: number, end: number, origin: number): Transaction {
  const jute = new JuteReader(bytes, start, end, origin)
  const session = jute.unsignedLong()
  const cxid = jute.int()
  const zxid = jute.unsignedLong()
  const time = jute.time()
  const typeAt = jute.offset
  const type = jute.int()
  const change = type === TYPE.closeSession ? closeSession(jute) : body(jute, type, typeAt)
  const digest = jute.left === DIGEST_BYTES ? { version: jute.int(), tree: jute.unsignedLong() } : null
  if (jute.left > 0)
    throw new DamagedFile(jute.offset, `the end of a record of type ${type}`, `${jute.left} more bytes`)
  const since35 = digest !== null || TYPES_SINCE_35.has(type)
  return { session, cxid, zxid, time, change, digest, since35 }
}

function body(jute: JuteReader, type: number, typeAt: number): Change {
  switch (type) {
    case TYPE.create:
    case TYPE.create2:
      return create(jute)
    case TYPE.createContainer:
      return {
        kind: 'create',
        path: jute.text(),
        data: jute.span(),
        acl: jute.acls(),
        lifetime: { kind: 'container' },
        parentCVersion: jute.int(),
      }
    case TYPE.createTtl: {
      const path = jute.text()
      const data = jute.span()
      const acl = jute.acls()
      const parentCVersion = jute.int()
      return { kind: 'create', path, data, acl, lifetime: { kind: 'ttl', ttlMs: jute.long() }, parentCVersion }
    }
    case TYPE.delete:
    case TYPE.deleteContainer:
      return { kind: 'delete', path: jute.text() }
    case TYPE.setData:
    case TYPE.reconfig:
      return { kind: 'setData', path: jute.text(), data: jute.span(), version: jute.int() }
    case TYPE.setAcl:
      return { kind: 'setAcl', path: jute.text(), acl: jute.acls(), version: jute.int() }
    case TYPE.createSession:
      return { kind: 'createSession', timeoutMs: jute.int() }
    case TYPE.multi:
      return { kind: 'multi', changes: jute.vector(() => part(jute)) ?? [] }
    case TYPE.check: {
      const path = jute.text()
      jute.int()
      return { kind: 'check', path }
    }
    case TYPE.error:
      return { kind: 'error', error: jute.int() }
    default:
      throw new DamagedFile(typeAt, 'a known type of transaction', String(type))
  }
}

/**
 * One change of a multi: its type and its body in a buffer of its own. Where the multi failed, the leader may set the
 * types to -1 and leave the bodies as they were, so that of such a body only the length counts.
 */
function part(jute: JuteReader): Change {
  const typeAt = jute.offset
  const type = jute.int()
  const inner = jute.within()
  if (type === TYPE.error) return { kind: 'error', error: inner.left === 4 ? inner.int() : 0 }
  const change = body(inner, type, typeAt)
  if (inner.left > 0)
    throw new DamagedFile(inner.offset, `the end of a change of type ${type}`, `${inner.left} more bytes`)
  return change
}

function create(jute: JuteReader): Change {
  const path = jute.text()
  const data = jute.span()
  const acl = jute.acls()
  const lifetime: Lifetime = { kind: jute.boolean() ? 'ephemeral' : 'persistent' }
  // Before 3.3.4 the parent's cversion was not written (CreateTxnV0); alone or before a digest it is missing.
  const parentCVersion = jute.left === 0 || jute.left === DIGEST_BYTES ? -1 : jute.int()
  return { kind: 'create', path, data, acl, lifetime, parentCVersion }
}

/** 3.6 lists the paths that go with the session, unless told not to; 3.4 writes nothing. Only the length tells. */
function closeSession(jute: JuteReader): Change {
  const start = jute.at
  if (jute.left > 0) {
    try {
      const paths = jute.vector(() => jute.text())
      if (
        (jute.left === 0 || jute.left === DIGEST_BYTES) &&
        (paths ?? []).every(path => path.bytes[path.start] === 0x2f && path.length > 0)
      ) {
        return { kind: 'closeSession', paths }
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
    }
    jute.at = start
  }
  return { kind: 'closeSession', paths: null }
}
