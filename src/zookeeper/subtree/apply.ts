// Carries out a difference: multis and ACLs, several under way at a time, in an order that may be cut off anywhere and begun again.
//
// Made first (parents before children), then set, counted and removed (children before parents); ACLs last, since one that keeps the
// restorer out must not come before what is below it. Each change checks the version that was compared; each multi checks that
// this run still has the cluster.

import type { ByteString } from '../pipeline/frame-writer.ts'
import type { Pipe } from '../pipeline/pipe.ts'
import { code, firstRefused, op, writeAcl } from '../pipeline/protocol.ts'
import { ConnectionLost, errorOf } from '../session/errors.ts'
import { type BatchSize, batches, type Change, endParts, partsOf, pathOf, usualBatch, writeChange } from './changes.ts'
import type { Difference } from './compare.ts'
import { temporaryAcl } from './temporary-acl.ts'
import { UnderWay } from './under-way.ts'

/** A znode whose version stands for the right to change anything. */
export interface Fence {
  readonly path: ByteString
  readonly version: number
}

export interface ApplyOptions {
  readonly fence: Fence | undefined
  readonly hasCredentials: boolean
  /** Whether all servers know container znodes; where not, they are made persistent. */
  readonly hasContainers: boolean
  readonly size?: BatchSize
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, of: number) => void
}

/** The znode is not as it was compared: somebody else has written. Compared anew, it can be tried again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
  readonly path: ByteString
  constructor(path: ByteString, cause: Error) {
    super(`${path} was changed by somebody else in the meantime`, { cause })
    this.path = path
  }
}

/** The run does not have the cluster any more. */
export class FencedOff extends Error {
  override readonly name = 'FencedOff'
}

const overtaking: ReadonlySet<number> = new Set([code.noNode, code.badVersion, code.nodeExists, code.notEmpty])

/** Under way at a time, so that a server is kept busy and not filled. */
const multisUnderWay = { requests: 8, bytes: 4 * 1024 * 1024 }
const aclsUnderWay = { requests: 256, bytes: 4 * 1024 * 1024 }
/** A request with more is refused by a server as it comes, whose jute.maxbuffer is 0xfffff, and ends the connection. */
const largestRequest = 0xfffff

/** @throws Overtaken, FencedOff, ConnectionLost, or the ZooKeeperError of what is refused */
export async function apply(pipe: Pipe, difference: Difference, options: ApplyOptions): Promise<void> {
  const { fence, size = usualBatch, signal, onProgress } = options
  const { acls } = difference
  const total = totalOf(difference)
  let done = 0
  const progress = (more: number) => {
    done += more
    onProgress?.(done, total)
  }
  const multis = new UnderWay(multisUnderWay)
  for (const batch of batches(changesOf(difference, options), size)) {
    signal?.throwIfAborted()
    await multis.room(batch.bytes)
    multis.add(
      batch.bytes,
      commit(pipe, batch.changes, fence).then(() => progress(batch.changes.length)),
    )
  }
  await multis.drained()
  if (acls.length > 0 && fence) await commit(pipe, [], fence)
  const setting = new UnderWay(aclsUnderWay)
  for (const { path, acl, version } of acls) {
    signal?.throwIfAborted()
    await setting.room(0)
    const set = ask(pipe, op.setAcl, 'setAcl', path, to => {
      to.string(path)
      writeAcl(to, acl)
      to.int(version)
    })
    setting.add(
      0,
      set.then(() => progress(1)),
    )
  }
  await setting.drained()
}

const totalOf = ({ creates, sets, removes, acls, counters }: Difference): number =>
  creates.length + sets.length + removes.length + acls.length + counters.reduce((sum, { by }) => sum + by, 0)

function* changesOf(
  { creates, sets, counters, removes }: Difference,
  { hasCredentials, hasContainers }: ApplyOptions,
): Generator<Change> {
  const temporary = temporaryAcl(hasCredentials)
  for (const { znode, temporarily } of creates) {
    const kind = hasContainers ? znode.kind : 'persistent'
    yield { kind: 'create', znode: { ...znode, kind }, acl: temporarily ? temporary : znode.acl }
  }
  for (const { znode, version } of sets) yield { kind: 'set', path: znode.path, data: znode.data, version }
  for (const { path, by } of counters) for (let left = by; left > 0; left--) yield { kind: 'count', parent: path }
  for (const { path, version } of removes) yield { kind: 'remove', path, version }
}

async function commit(pipe: Pipe, changes: readonly Change[], fence: Fence | undefined): Promise<void> {
  const [only] = changes
  const check: readonly Change[] = fence ? [{ kind: 'check', ...fence }] : []
  const all = [...check, ...changes]
  const what = `multi of ${changes.length} changes from ${only ? pathOf(only) : 'a check'} on`
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const write = (to: Parameters<Parameters<Pipe['ask']>[1]>[0]) => {
    const before = to.waiting
    for (const change of all) writeChange(to, change)
    endParts(to)
    const bytes = to.waiting - before
    if (bytes > largestRequest && only)
      largest = new Error(
        `${pathOf(only)} makes a request of ${bytes} bytes; servers take ${largestRequest}, unless their jute.maxbuffer is raised`,
      )
  }
  let largest: Error | undefined
  pipe.ask(op.multi, write, (error, body) => {
    if (error === code.connectionLoss) {
      const cause = largest ? { cause: largest } : undefined
      return reject(Object.assign(new ConnectionLost(`${what}: the connection was lost (${pipe.why})`, true), cause))
    }
    if (error !== 0) return reject(errorOf(error, what, undefined, ''))
    const refused = firstRefused(body)
    if (!refused) return resolve()
    reject(refusal(all, refused, fence))
  })
  await promise
}

function refusal(
  all: readonly Change[],
  { index, code: error }: { readonly index: number; readonly code: number },
  fence: Fence | undefined,
): Error {
  let at = 0
  const change = all.find(each => {
    at += partsOf(each)
    return index < at
  })
  if (!change) return errorOf(error, 'multi', undefined, '')
  const path = pathOf(change)
  const refused = errorOf(error, `${change.kind} ${path}`, path, '')
  if (change.kind === 'check' && path === fence?.path)
    return new FencedOff('another driver has the cluster: nothing more is written by this one', { cause: refused })
  return overtaking.has(error) ? new Overtaken(path, refused) : refused
}

/** A change outside a multi. */
async function ask(
  pipe: Pipe,
  type: number,
  what: string,
  path: ByteString,
  body: Parameters<Pipe['ask']>[1],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  pipe.ask(type, body, error => {
    if (error === 0) return resolve()
    const refused = errorOf(error, `${what} ${path}`, path, pipe.why ?? '')
    reject(overtaking.has(error) ? new Overtaken(path, refused) : refused)
  })
  await promise
}
