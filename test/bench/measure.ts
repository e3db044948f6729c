// Times whole commands as the operating system accounts for them: wall time, CPU time of all their processes, the largest one's memory.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './report.ts'

const time = '/usr/bin/time'

export interface Cost {
  readonly wallSeconds: number
  /** User and system, of the command and all it waited for. */
  readonly cpuSeconds: number
  readonly peakMb: number
}

export interface Measuring {
  readonly env?: NodeJS.ProcessEnv
  /** Also taken for well, beside 0. */
  readonly exits?: readonly number[]
}

/** @throws Error with its last words where the command fails */
export function cost(argv: readonly string[], { env, exits = [] }: Measuring = {}): Cost & { readonly stdout: string } {
  const folder = mkdtempSync(join(tmpdir(), 'dcosctl-bench-'))
  const figures = join(folder, 'time')
  const began = performance.now()
  const { status, stdout, stderr, error } = spawnSync(time, ['-f', '%U %S %M', '-o', figures, '--', ...argv], {
    ...(env ? { env } : {}),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const wallSeconds = (performance.now() - began) / 1000
  if (error) throw error
  if (status === null || ![0, ...exits].includes(status))
    throw new Error(`exit ${status}: ${argv.join(' ')}\n${stderr.slice(-2000)}`)
  const [user = 0, system = 0, kilobytes = 0] = (readFileSync(figures, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  rmSync(folder, { recursive: true, force: true })
  return { wallSeconds, cpuSeconds: user + system, peakMb: kilobytes / 1024, stdout }
}

export const medianCost = (costs: readonly Cost[]): Cost => ({
  wallSeconds: median(costs.map(each => each.wallSeconds)),
  cpuSeconds: median(costs.map(each => each.cpuSeconds)),
  peakMb: median(costs.map(each => each.peakMb)),
})

/** Which of these files are missing, for a reason to skip; undefined when all are there. */
export function missing(programs: Readonly<Record<string, string>>): string | undefined {
  const wanted = Object.entries({ time, ...programs }).filter(
    ([, file]) => !existsSync(file.startsWith('/') ? file : `/usr/bin/${file}`),
  )
  return wanted.length === 0 ? undefined : `not installed: ${wanted.map(([name]) => name).join(', ')} (Debian packages)`
}
