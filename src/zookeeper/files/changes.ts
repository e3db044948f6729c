// Who changed what and when: the changes in the logs, one by one, in their order, from the oldest log on.

import { plainSnapshot } from './check-snapshot.ts'
import { dataFiles, follows, type SnapshotName } from './choose-files.ts'
import { DamagedFile, hex, type Note } from './damage.ts'
import type { DataFiles } from './inspect.ts'
import { decodeSnapshot } from './snapshot.ts'
import type { Span } from './span.ts'
import type { Change, Transaction } from './transaction.ts'
import { decodeLog, type LogEnd } from './transaction-log.ts'

export interface LoggedChange {
  readonly zxid: bigint
  /** The leader's wall clock, ms. */
  readonly time: number
  readonly session: bigint
  readonly op: 'create' | 'setData' | 'setAcl' | 'delete' | 'createSession' | 'closeSession'
  /** As a key of the tree: the path's bytes, a char each. Undefined for sessions. */
  readonly path: string | undefined
  /** After the change: of the data for setData, of the ACL for setAcl. */
  readonly version?: number
  /** Of the data that was set. */
  readonly bytes?: number
  readonly ephemeral?: true
  /** A delete that nobody asked for: the session that owned the znode ended. */
  readonly sessionEnded?: true
}

/** `trouble`: here transactions are missing or can't be read; the changes go on behind them. */
export type LogStep =
  | { readonly kind: 'change'; readonly change: LoggedChange }
  | { readonly kind: 'trouble'; readonly note: Note }

/**
 * Every change up to `upTo` that took effect; failed requests are left out. 3.4 does not log which ephemerals went with a
 * session, so these are remembered from their creation, or from the oldest whole snapshot where they are older than the logs.
 */
export async function* changesIn(files: DataFiles, upTo?: bigint): AsyncGenerator<LogStep> {
  const { snapshots, logs } = dataFiles(files.names)
  const owned = new OwnedPaths()
  await ownersBefore(logs[0]?.zxid ?? 0n, snapshots, files, owned)
  let seen: bigint | undefined
  let end: { readonly file: string; readonly end: LogEnd } | undefined
  for (const log of logs) {
    for await (const part of decodeLog(files.open(log.file))) {
      if (part.kind === 'end') {
        end = { file: log.file, end: part.end }
        // Behind the last record of a copy half a record is no surprise; damage is.
        if (part.end.kind === 'damaged') yield trouble(log.file, part.end)
        continue
      }
      for (const { offset, transaction } of part.records) {
        const { zxid } = transaction
        if (seen !== undefined && zxid <= seen) continue
        if (upTo !== undefined && zxid > upTo) return
        if (seen !== undefined && !follows(seen, zxid)) {
          if (end?.end.kind === 'torn' || end?.end.kind === 'hole') yield trouble(end.file, end.end)
          yield trouble(log.file, { offset, expected: `transaction ${hex(seen + 1n)}`, saw: hex(zxid) })
        }
        seen = zxid
        end = undefined
        for (const change of effects(transaction, transaction.change, owned)) yield { kind: 'change', change }
      }
    }
  }
}

const trouble = (file: string, { offset, expected, saw }: Omit<Note, 'file'>): LogStep => ({
  kind: 'trouble',
  note: { file, offset, expected, saw },
})

function* effects(transaction: Transaction, change: Change, owned: OwnedPaths): Generator<LoggedChange> {
  const { zxid, time, session } = transaction
  const made = { zxid, time, session }
  switch (change.kind) {
    case 'create': {
      const path = change.path.latin1()
      const ephemeral = change.lifetime.kind === 'ephemeral'
      if (ephemeral) owned.add(path, session)
      const bytes = change.data?.length ?? 0
      yield { ...made, op: 'create', path, bytes, ...(ephemeral ? { ephemeral } : {}) }
      return
    }
    case 'delete': {
      const path = change.path.latin1()
      owned.remove(path)
      yield { ...made, op: 'delete', path }
      return
    }
    case 'setData': {
      const { version, data } = change
      yield { ...made, op: 'setData', path: keyOf(change.path), version, bytes: data?.length ?? 0 }
      return
    }
    case 'setAcl':
      yield { ...made, op: 'setAcl', path: keyOf(change.path), version: change.version }
      return
    case 'createSession':
      yield { ...made, op: 'createSession', path: undefined }
      return
    case 'closeSession': {
      const paths = new Set([...(change.paths ?? []).map(path => path.latin1()), ...owned.of(session)])
      for (const path of paths) {
        owned.remove(path)
        yield { ...made, op: 'delete', path, ephemeral: true, sessionEnded: true }
      }
      yield { ...made, op: 'closeSession', path: undefined }
      return
    }
    case 'multi':
      if (change.changes.some(part => part.kind === 'error')) return // failed as a whole
      for (const part of change.changes) yield* effects(transaction, part, owned)
      return
    case 'check':
    case 'error':
      return
  }
}

/** "/" names the root to clients; the tree keeps it under the empty path. */
const keyOf = (path: Span): string => (path.length === 1 ? '' : path.latin1())

/** Ephemerals that are older than the first log, from the oldest snapshot that is whole. */
async function ownersBefore(
  first: bigint,
  snapshots: readonly SnapshotName[],
  files: DataFiles,
  owned: OwnedPaths,
): Promise<void> {
  for (const { file, compression } of snapshots) {
    const found: [path: string, session: bigint][] = []
    try {
      for await (const part of decodeSnapshot(plainSnapshot(files.open(file), compression))) {
        if (part.kind !== 'znodes') continue
        for (const znode of part.znodes) {
          if (!znode.isOwned) continue
          const { czxid, ephemeralOwner } = znode.stat
          if (czxid < first) found.push([znode.key, ephemeralOwner])
        }
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
      continue
    }
    for (const [path, session] of found) owned.add(path, session)
    return
  }
}

class OwnedPaths {
  readonly #sessions = new Map<string, bigint>()
  readonly #paths = new Map<bigint, Set<string>>()

  add(path: string, session: bigint): void {
    this.#sessions.set(path, session)
    const paths = this.#paths.get(session) ?? new Set()
    this.#paths.set(session, paths.add(path))
  }

  of(session: bigint): ReadonlySet<string> {
    return this.#paths.get(session) ?? new Set()
  }

  remove(path: string): void {
    const session = this.#sessions.get(path)
    if (session === undefined) return
    this.#sessions.delete(path)
    const paths = this.#paths.get(session)
    paths?.delete(path)
    if (paths?.size === 0) this.#paths.delete(session)
  }
}
