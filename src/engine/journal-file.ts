// The journal on disk: one file per run that only grows, readable by its owner alone.
import { constants } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { groupCommit } from './group-commit.ts'
import { DamagedJournal, decodeJournal, encodeRecord, type JournalRecord } from './journal.ts'
import type { Clock, Journal } from './ports.ts'

export interface JournalFile extends Journal {
  readonly path: string
  /** Records that stood in it when it was opened. */
  readonly records: readonly JournalRecord[]
  close(): Promise<void>
}

/** The journal of the run that lives in this folder. */
export function journalPath(runFolder: string): string {
  return join(runFolder, 'journal.jsonl')
}

/** Begins the journal of a new run; rejects with EEXIST if there is one. The folder's own entry is on disk before it returns. */
export async function createJournal(runFolder: string, clock: Pick<Clock, 'now'>): Promise<JournalFile> {
  const made = await mkdir(runFolder, { recursive: true, mode: 0o700 })
  const path = journalPath(runFolder)
  const file = await open(path, 'ax', 0o600)
  try {
    await file.sync()
    await syncFolders(runFolder, made)
  } catch (error) {
    await file.close()
    throw error
  }
  return journalFile(path, file, [], clock)
}

/**
 * Opens a journal to go on with it. A torn last line is cut off, it was never acknowledged.
 * Rejects with `DamagedJournal`, `UnknownJournalFormat` or the file system's error; then the file is as it was.
 */
export async function openJournal(runFolder: string, clock: Pick<Clock, 'now'>): Promise<JournalFile> {
  const path = journalPath(runFolder)
  const file = await open(path, constants.O_RDWR | constants.O_APPEND)
  try {
    const bytes = await file.readFile()
    const { records, wholeBytes } = decodeJournal(bytes, path)
    if (wholeBytes < bytes.length) {
      await file.truncate(wholeBytes)
      await file.sync()
    }
    return journalFile(path, file, records, clock)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads a journal and leaves it alone, also while its run is under way. Rejects as `openJournal`. */
export async function readJournal(runFolder: string): Promise<readonly JournalRecord[]> {
  const path = journalPath(runFolder)
  return decodeJournal(await readFile(path), path).records
}

/**
 * Opens a damaged journal so that its run can be abandoned: keeps the damaged file beside it and goes on from what can be read.
 * Answers with the name under which the damaged one is kept. A journal that is not damaged is just opened.
 */
export async function salvageJournal(
  runFolder: string,
  clock: Pick<Clock, 'now'>,
): Promise<{ readonly journal: JournalFile; readonly kept?: string }> {
  try {
    return { journal: await openJournal(runFolder, clock) }
  } catch (error) {
    if (!(error instanceof DamagedJournal)) throw error
    const path = journalPath(runFolder)
    const kept = `${path}.damaged-${clock.now().toISOString().replaceAll(':', '')}`
    await copyFile(path, kept, constants.COPYFILE_EXCL)
    await writeWhole(`${path}.new`, error.readable.map(encodeRecord).join(''))
    await syncFile(kept)
    await rename(`${path}.new`, path)
    await syncFile(runFolder)
    return { journal: await openJournal(runFolder, clock), kept }
  }
}

function journalFile(
  path: string,
  file: FileHandle,
  records: readonly JournalRecord[],
  clock: Pick<Clock, 'now'>,
): JournalFile {
  const { append } = groupCommit(file, records.length, clock)
  return { path, records, append, close: () => file.close() }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts the entries of the folders that were just made on disk: of the run's folder up to the one the first new one stands in. */
async function syncFolders(runFolder: string, firstMade: string | undefined): Promise<void> {
  const last = dirname(firstMade ?? runFolder)
  for (let folder = runFolder; ; folder = dirname(folder)) {
    await syncFile(folder)
    if (folder === last || folder === dirname(folder)) return
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
