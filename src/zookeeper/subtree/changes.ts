// The changes of a restore as parts of ZooKeeper's multi: how each is written, and how they are packed into requests that a server takes.
import type { ByteString, FrameWriter } from '../pipeline/frame-writer.ts'
import { type AclEntry, op, writeAcl } from '../pipeline/protocol.ts'
import type { WantedZnode } from './wanted.ts'

/** They came with apache/zookeeper 3.5.1; 3.4 ends the connection of who asks for one. */
export const hasContainers = (version: string | undefined): boolean =>
  version !== undefined && !/^3\.[0-4]\./.test(version)

export type Change =
  | { readonly kind: 'create'; readonly znode: WantedZnode; readonly acl: readonly AclEntry[] }
  | { readonly kind: 'set'; readonly path: ByteString; readonly data: Buffer | null; readonly version: number }
  | { readonly kind: 'remove'; readonly path: ByteString; readonly version: number }
  /** A child that comes and goes: its parent's count of children ever made grows by one. */
  | { readonly kind: 'count'; readonly parent: ByteString }
  | { readonly kind: 'check'; readonly path: ByteString; readonly version: number }

export const pathOf = (change: Change): ByteString =>
  change.kind === 'create' ? change.znode.path : change.kind === 'count' ? change.parent : change.path

/** Seen by nobody: it is made and taken away in one transaction. */
const passing = 'dcosctl-counts'
const openAcl: readonly AclEntry[] = [{ perms: 31, scheme: 'world', id: 'anyone' }]
const containerFlag = 4

/** Parts of the multi: two where a child comes and goes. */
export const partsOf = ({ kind }: Change): number => (kind === 'count' ? 2 : 1)

export function writeChange(to: FrameWriter, change: Change): void {
  switch (change.kind) {
    case 'create': {
      const { path, data, kind } = change.znode
      const isContainer = kind === 'container'
      part(to, isContainer ? op.createContainer : op.create)
      to.string(path).buffer(data)
      writeAcl(to, change.acl)
      to.int(isContainer ? containerFlag : 0)
      return
    }
    case 'set':
      part(to, op.setData)
      to.string(change.path).buffer(change.data).int(change.version)
      return
    case 'remove':
      part(to, op.delete)
      to.string(change.path).int(change.version)
      return
    case 'check':
      part(to, op.check)
      to.string(change.path).int(change.version)
      return
    case 'count': {
      const child = change.parent === '/' ? `/${passing}` : `${change.parent}/${passing}`
      part(to, op.create)
      to.string(child).buffer(null)
      writeAcl(to, openAcl)
      to.int(0)
      part(to, op.delete)
      to.string(child).int(-1)
    }
  }
}

/** MultiHeader: type, done, err. */
const part = (to: FrameWriter, type: number): void => void to.int(type).boolean(false).int(-1)
export const endParts = (to: FrameWriter): void => void to.int(-1).boolean(true).int(-1)

function bytesOf(change: Change): number {
  const head = 40
  const acl = (entries: readonly AclEntry[]) =>
    entries.reduce((sum, { scheme, id }) => sum + 12 + scheme.length + id.length, 0)
  switch (change.kind) {
    case 'create':
      return head + change.znode.path.length + (change.znode.data?.length ?? 0) + acl(change.acl)
    case 'set':
      return head + change.path.length + (change.data?.length ?? 0)
    case 'count':
      return 2 * (head + change.parent.length + passing.length) + acl(openAcl)
    default:
      return head + change.path.length
  }
}

export interface BatchSize {
  readonly parts: number
  readonly bytes: number
}

/** Half of what a server takes in one request unless told otherwise (jute.maxbuffer, 1 MiB), all parts of a multi counted. */
export const usualBatch: BatchSize = { parts: 500, bytes: 512 * 1024 }

export interface Batch {
  readonly changes: readonly Change[]
  readonly bytes: number
}

/** One change that is larger than a batch goes alone. */
export function* batches(changes: Iterable<Change>, { parts, bytes }: BatchSize): Generator<Batch> {
  let batch: Change[] = []
  let filled = 0
  let size = 0
  for (const change of changes) {
    const more = bytesOf(change)
    if (batch.length > 0 && (filled + partsOf(change) > parts || size + more > bytes)) {
      yield { changes: batch, bytes: size }
      batch = []
      filled = 0
      size = 0
    }
    batch.push(change)
    filled += partsOf(change)
    size += more
  }
  if (batch.length > 0) yield { changes: batch, bytes: size }
}
