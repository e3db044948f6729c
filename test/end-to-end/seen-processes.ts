// Writes down the argument lists of all processes of this machine for a while: a lab's nodes and workstations are among them.
import { readdirSync, readFileSync } from 'node:fs'

export interface SeenProcesses {
  /** Every argument list seen so far, words separated by blanks. */
  readonly argumentLists: ReadonlySet<string>
  stop(): void
}

/** Milliseconds: what lives shorter than this may be missed. */
const lookEvery = 100

export function watchProcesses(): SeenProcesses {
  const argumentLists = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const text = argumentsOf(pid)
      if (text) argumentLists.add(text)
    }
  }
  const timer = setInterval(look, lookEvery)
  return { argumentLists, stop: () => clearInterval(timer) }
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
    if (!isGone) throw error
    return ''
  }
}
