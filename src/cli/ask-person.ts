// Asks a person on the terminal: on stderr, since stdout is the answer.
import { createInterface } from 'node:readline/promises'

/** What was typed, without spaces around it; undefined where it was left by Ctrl-C or Ctrl-D. */
export async function askPerson(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(question)).trim()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return undefined
    throw error
  } finally {
    terminal.close()
  }
}
