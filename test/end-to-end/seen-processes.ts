// Writes down the argument lists of a lab's processes for a while: those of its nodes and of its workstations.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface SeenProcesses {
  /** Every argument list seen so far, words separated by blanks. */
  readonly argumentLists: ReadonlySet<string>
  stop(): void
}

/** Milliseconds: what lives shorter than this may be missed. */
const lookEvery = 100

/** A lab's processes are those in a network namespace where a descendant of its supervisor is, too; other labs have others. */
export function watchProcesses({ supervisor }: { readonly supervisor: number }): SeenProcesses {
  const argumentLists = new Set<string>()
  const look = () => {
    const processes = running()
    const ofLab = new Set(descendants(processes, supervisor).map(({ network }) => network))
    for (const { pid, network } of processes) {
      const text = ofLab.has(network) ? read(pid, 'cmdline').replaceAll('\0', ' ') : ''
      if (text) argumentLists.add(text)
    }
  }
  const timer = setInterval(look, lookEvery)
  return { argumentLists, stop: () => clearInterval(timer) }
}

interface Running {
  readonly pid: number
  readonly parent: number
  /** The network namespace it is in. */
  readonly network: string
}

const running = (): readonly Running[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const pid = Number(name)
      const network = orGone('', () => readlinkSync(`/proc/${pid}/ns/net`))
      // The name of the program, in parentheses, may hold anything; the parent is the second word behind it.
      const parent = Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[1])
      return network ? [{ pid, parent, network }] : []
    })

function descendants(processes: readonly Running[], ancestor: number): readonly Running[] {
  const known = new Set([ancestor])
  const found = processes.filter(({ pid }) => pid === ancestor)
  for (;;) {
    const next = processes.filter(({ pid, parent }) => known.has(parent) && !known.has(pid))
    if (next.length === 0) return found
    for (const { pid } of next) known.add(pid)
    found.push(...next)
  }
}

const read = (pid: number, file: 'cmdline' | 'stat') => orGone('', () => readFileSync(`/proc/${pid}/${file}`, 'utf8'))

/** EACCES: in a container even root may not look at what was started outside; a lab's processes are not among that. */
const notLookedAt: readonly unknown[] = ['ENOENT', 'ESRCH', 'EACCES']

function orGone<T>(gone: T, look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && 'code' in error && notLookedAt.includes(error.code)) return gone
    throw error
  }
}
