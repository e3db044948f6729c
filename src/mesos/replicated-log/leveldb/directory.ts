// Reads a whole LevelDB directory, given as its files' bytes, into the keys and values that are live. Opens, locks and writes nothing.
import { latin1 } from '../cursor.ts'
import { LogDamage, type Place } from '../damage.ts'
import type { Entry } from './entry.ts'
import { readLogFile, type TornTail } from './log-file.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { readTable } from './table.ts'
import { readBatch } from './write-batch.ts'

/** File name → content, one LevelDB directory. */
export type Files = ReadonlyMap<string, Uint8Array>

export interface LiveValue {
  readonly value: Uint8Array
  readonly place: Place
}

export interface LevelDb {
  /** In key order; keys have one character per byte. */
  readonly values: ReadonlyMap<string, LiveValue>
  /** Writes that were not finished when the files were taken, and are therefore not among the values. */
  readonly tornTails: readonly TornTail[]
}

/**
 * The live view of a directory: of each key the value with the highest sequence number, unless that is a deletion.
 *
 * @throws LogDamage when a live file is missing, any checksum fails, or writes are missing between two that are there
 */
export function readLevelDb(files: Files): LevelDb {
  const manifest = currentManifest(files)
  const newest = new Map<string, Entry>()
  const keep = (entry: Entry) => {
    const before = newest.get(entry.key)
    if (!before || entry.sequence > before.sequence) newest.set(entry.key, entry)
    else if (entry.sequence === before.sequence && !same(entry, before)) {
      throw new LogDamage(
        entry.place,
        `contradicts ${before.place.file}: two values with sequence number ${entry.sequence}`,
      )
    }
  }

  for (const entry of tableEntries(files, manifest)) keep(entry)
  const logs = readLogs(files, manifest)
  for (const entry of logs.entries) keep(entry)

  const live = [...newest.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  const tails = [manifest.tornTail, ...logs.tornTails]
  return {
    values: new Map(live.flatMap(({ key, value, place }) => (value ? [[key, { value, place }]] : []))),
    tornTails: tails.filter(tail => tail !== undefined),
  }
}

function currentManifest(files: Files): Manifest {
  const current = files.get('CURRENT')
  if (!current) throw new LogDamage({ file: 'CURRENT' }, 'is missing; without it no LevelDB can be opened')
  const name = /^(MANIFEST-\d+)\n$/.exec(latin1(current))?.[1]
  if (name === undefined) throw new LogDamage({ file: 'CURRENT', offset: 0 }, 'does not name a manifest')
  const bytes = files.get(name)
  if (!bytes) throw new LogDamage({ file: name }, 'is missing, and CURRENT names it')
  return readManifest(name, bytes)
}

function* tableEntries(files: Files, manifest: Manifest): Generator<Entry> {
  for (const table of manifest.tables) {
    const stem = String(table.number).padStart(6, '0')
    const file = [`${stem}.ldb`, `${stem}.sst`].find(name => files.has(name))
    const bytes = file === undefined ? undefined : files.get(file)
    if (file === undefined || !bytes) {
      throw new LogDamage({ file: `${stem}.ldb` }, `is missing, and ${manifest.file} says it is live`)
    }
    for (const entry of readTable(file, bytes, table)) {
      if (entry.sequence > manifest.lastSequence) throw new LogDamage(entry.place, `is newer than ${manifest.file}`)
      yield entry
    }
  }
}

/**
 * Sequence numbers rise by one per write, also from one log to the next, and the manifest never knows of one that is in neither a table
 * nor a log (google/leveldb db/db_impl.cc, Write and LogAndApply). So writes that are missing before the end show.
 */
function readLogs(files: Files, manifest: Manifest): { entries: Entry[]; tornTails: (TornTail | undefined)[] } {
  const { lastSequence } = manifest
  const entries: Entry[] = []
  const tornTails: (TornTail | undefined)[] = []
  let end: { readonly next: bigint; readonly place: Place } | undefined

  for (const [index, file] of liveLogs(files, manifest).entries()) {
    const { records, tornTail } = readLogFile(file, files.get(file) ?? new Uint8Array(0))
    tornTails.push(tornTail)
    for (const record of records) {
      const batch = readBatch(record)
      if (end === undefined && index > 0) {
        // LevelDB starts a log when the one before is full. (A compaction of an empty database does too, for a moment; then a new copy helps.)
        throw new LogDamage(record.place, 'the log before this one is live and holds no writes: they are missing')
      }
      const wanted = end?.next ?? lastSequence + 1n
      // The manifest may have been written when the first log had already begun.
      if (end === undefined ? batch.sequence > wanted : batch.sequence !== wanted) {
        const problem = `writes are missing: sequence number ${batch.sequence} follows, ${wanted} should`
        throw new LogDamage(record.place, problem)
      }
      end = { next: batch.sequence + BigInt(batch.entries.length), place: record.place }
      for (const entry of batch.entries) entries.push(entry)
    }
  }
  if (end && end.next <= lastSequence) {
    const problem = `the last write has sequence number ${end.next - 1n}, but ${manifest.file} knew ${lastSequence} already`
    throw new LogDamage(end.place, problem)
  }
  return { entries, tornTails }
}

function liveLogs(files: Files, { file, logNumber, previousLog }: Manifest): string[] {
  const numbered = [...files.keys()]
    .flatMap(name => (/^\d+\.log$/.test(name) ? [{ name, number: Number.parseInt(name, 10) }] : []))
    .sort((a, b) => a.number - b.number)
  // LevelDB makes a log before it names it in the manifest, and does not notice itself when one is gone. 0 is a database just created.
  for (const wanted of [previousLog, logNumber]) {
    if (wanted !== 0 && !numbered.some(log => log.number === wanted)) {
      throw new LogDamage({ file: `${String(wanted).padStart(6, '0')}.log` }, `is missing, and ${file} says it is live`)
    }
  }
  return numbered.filter(log => log.number >= logNumber || log.number === previousLog).map(log => log.name)
}

function same(a: Entry, b: Entry): boolean {
  return a.value === undefined || b.value === undefined ? a.value === b.value : Buffer.compare(a.value, b.value) === 0
}
