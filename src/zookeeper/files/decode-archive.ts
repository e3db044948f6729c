// Checks a hot copy while it streams by: the tar of `hotCopyScript`, its snapshot, its logs, and whether they make an
// exact state.

import { extract } from 'tar-stream'
import { checkSnapshot, plainSnapshot } from './check-snapshot.ts'
import { dataFiles, later } from './choose-files.ts'
import { DamagedFile, hex, type Note } from './damage.ts'
import { ChainSoFar } from './follow-logs.ts'
import { writtenBy } from './inspect.ts'
import { TarEnd } from './whole-tar.ts'

export interface ArchiveContents {
  readonly snapshotZxid: bigint
  readonly znodesInSnapshot: number
  /** First transaction behind the snapshot, and the last whole one that is reached without a gap. */
  readonly firstZxid: bigint | undefined
  readonly lastZxid: bigint
  /** Transactions behind the snapshot. */
  readonly records: number
  /** The zxid whose state this archive gives exactly; undefined where it gives none, or is `broken`: `notes` say why. */
  readonly exactAt: bigint | undefined
  /** Whether transactions are known to be missing behind `lastZxid`. */
  readonly broken: boolean
  readonly notes: readonly Note[]
}

export interface ArchiveOptions {
  /**
   * What the member reported as its zxid after the snapshot was linked and before the logs were (`ask`). 'at rest': nobody could
   * report one, for the server does not serve; then the logs must show by themselves that they go on behind the snapshot's writing.
   */
  readonly fuzzEnd: bigint | Promise<bigint> | 'at rest'
}

/**
 * `bytes` passes the archive on unchanged, at the pace of its reader; `contents` is what is in it, once all of it has
 * passed. It rejects if the tar is not whole, and if it has no snapshot in front of its logs.
 */
export function checkedArchive(
  archive: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
): { bytes: AsyncGenerator<Uint8Array>; contents: Promise<ArchiveContents> } {
  const unpacked = extract()
  const contents = readEntries(unpacked, options)
  contents.catch(() => {}) // for whoever awaits it; until then it must not end the process
  return { bytes: pass(archive, unpacked), contents }
}

/** As `checkedArchive`, for when nobody else wants the bytes. */
export async function decodeArchive(
  archive: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
): Promise<ArchiveContents> {
  const { bytes, contents } = checkedArchive(archive, options)
  for await (const _ of bytes);
  return contents
}

type Unpacked = ReturnType<typeof extract>

async function* pass(archive: AsyncIterable<Uint8Array>, unpacked: Unpacked): AsyncGenerator<Uint8Array> {
  const end = new TarEnd()
  let ended = false
  try {
    for await (const piece of archive) {
      end.pass(piece)
      if (!unpacked.destroyed && !unpacked.write(piece)) await drained(unpacked)
      yield piece
    }
    ended = true
  } finally {
    if (ended && end.reached) unpacked.end(undefined)
    else unpacked.destroy(new Error('the archive of ZooKeeper files was cut off: its end is missing'))
  }
}

async function readEntries(unpacked: Unpacked, { fuzzEnd }: ArchiveOptions): Promise<ArchiveContents> {
  const notes: Note[] = []
  let snapshot: { file: string; zxid: bigint; znodes: number; latest: bigint } | undefined
  let chain: ChainSoFar | undefined
  for await (const entry of unpacked) {
    const file = entry.header.name
    const bytes = drainedAtTheEnd(entry)
    const { snapshots, logs } = entry.header.type === 'file' ? dataFiles([file]) : { snapshots: [], logs: [] }
    const [named] = snapshots
    const [log] = logs
    if (named) {
      if (snapshot) throw new Error(`the archive has a second snapshot, ${file}`)
      snapshot = { file, zxid: named.zxid, znodes: 0, latest: 0n }
      try {
        const { seal, latestSeen, latestTime } = await checkSnapshot(plainSnapshot(bytes, named.compression))
        const recorded = seal.digest?.zxid ?? 0n
        snapshot = { ...snapshot, znodes: seal.znodes, latest: later(recorded, latestSeen) }
        const settledAfter = writtenBy(entry.header.mtime?.getTime(), latestTime)
        chain = new ChainSoFar({ base: named.zxid, settledAfter })
      } catch (error) {
        if (!(error instanceof DamagedFile)) throw error
        notes.push(error.in(file))
      }
    } else if (log) {
      if (!snapshot)
        throw new Error(`${file} comes before the snapshot: the archive is not one of dcosctl's hot copies`)
      if (chain && !chain.broken) await chain.read(log, bytes)
    }
    for await (const _ of bytes);
  }
  if (!snapshot) throw new Error('there is no snapshot in the archive')
  const { file, zxid, znodes, latest } = snapshot
  const reported = await fuzzEnd
  const end = reported === 'at rest' ? latest : later(reported, latest)
  const followed = chain?.result()
  const lastZxid = followed?.last ?? zxid
  notes.push(...(followed?.notes ?? []))
  if (followed && lastZxid < end) {
    const saw = `logs up to ${hex(lastZxid)}`
    notes.push({ file, offset: 0, expected: `logs up to ${hex(end)}, which may be partly in this snapshot`, saw })
  }
  // What stands behind the last record that can be read may be partly in the snapshot, unless the padding shows that nothing stands there.
  const open = reported === 'at rest' && followed?.end === 'open' && !followed.settled
  if (open) {
    const expected = 'to know which later transactions are partly in this snapshot'
    notes.push({ file, offset: 0, expected, saw: `logs that break off behind ${hex(lastZxid)}` })
  }
  return {
    snapshotZxid: zxid,
    znodesInSnapshot: znodes,
    firstZxid: followed?.first,
    lastZxid,
    records: followed?.records ?? 0,
    exactAt: followed && followed.end !== 'broken' && !open && lastZxid >= end ? lastZxid : undefined,
    broken: followed?.end === 'broken',
    notes,
  }
}

/** tar-stream goes to the next entry when this one was read to its end, so an early stop reads on. */
async function* drainedAtTheEnd(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const pieces = entry[Symbol.asyncIterator]()
  let done = false
  try {
    for (;;) {
      const next = await pieces.next()
      done = next.done === true
      if (next.done) return
      if (next.value instanceof Uint8Array) yield next.value
    }
  } finally {
    while (!done) done = (await pieces.next()).done === true
  }
}

const drained = (unpacked: Unpacked): Promise<void> =>
  new Promise(resolve => {
    const go = () => {
      unpacked.off('drain', go)
      unpacked.off('close', go)
      resolve()
    }
    unpacked.once('drain', go)
    unpacked.once('close', go)
    if (unpacked.destroyed) go()
  })
