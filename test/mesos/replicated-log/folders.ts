// Temporary folders for LevelDB directories, and their files as the reader takes them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replicated-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function filesOf(directory: string): Map<string, Uint8Array> {
  return new Map(readdirSync(directory).map(name => [name, readFileSync(join(directory, name))]))
}
