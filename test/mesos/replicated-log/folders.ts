// Temporary folders for LevelDB directories, and their files as the reader takes them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Removed when the test ends, or, for a folder of a whole `describe`, `after` it all. */
export function temporaryFolder(after: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'replicated-log-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function filesOf(directory: string): Map<string, Uint8Array> {
  return new Map(readdirSync(directory).map(name => [name, readFileSync(join(directory, name))]))
}
