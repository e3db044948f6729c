// What every ending that is told to an operator must be: the right exit code, the words that matter, and never a stack trace.
import { expect } from 'vitest'
import type { Ended } from '../lab/command.ts'

/** Holds a command's end to its exit code and to what it must say on stderr; stdout has to be empty. */
export function expectEnding({ exit, stdout, stderr }: Ended, wanted: { exit: number; says: readonly string[] }): void {
  for (const words of wanted.says) expect(stderr).toContain(words)
  expect({ exit, stdout }).toEqual({ exit: wanted.exit, stdout: '' })
  expectNoStackTrace(stderr)
  expect(stderr).not.toContain('Code: BUG')
}

export const expectNoStackTrace = (text: string): void => expect(text).not.toMatch(/^\s+at .*[:(]|node:internal/m)
