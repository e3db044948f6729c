// A folder for a test that goes when the test ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dcosctl-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
