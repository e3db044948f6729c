// Where runs live on the operator's machine, and which ones there are of a cluster.
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { because } from '../errors.ts'
import { readJournal } from './journal-file.ts'
import { fold, type RunState } from './state.ts'

/** `$XDG_STATE_HOME/dcosctl/<cluster>/runs`. The environment is an argument; relative paths in it count as unset, as XDG says. */
export function runsFolder(environment: { readonly XDG_STATE_HOME?: string | undefined }, cluster: string): string {
  const { XDG_STATE_HOME: set } = environment
  const stateHome = set?.startsWith('/') ? set : join(homedir(), '.local', 'state')
  return join(stateHome, 'dcosctl', folderName(cluster), 'runs')
}

/** The folder of one run. */
export function runFolder(runs: string, run: string): string {
  return join(runs, folderName(run))
}

/** A name for a new run that sorts by time, e.g. `2026-11-20T020000Z-7f3a`. `random`: four hexadecimal digits. */
export function newRunName(now: Date, random: string): string {
  return `${now.toISOString().slice(0, 19).replaceAll(':', '')}Z-${random}`
}

/** A run as its folder shows it. One that can't be read is listed all the same, with the reason. */
export type ListedRun = { readonly run: string; readonly folder: string } & (
  | { readonly state: RunState; readonly startedAt: string; readonly lastAt: string }
  | { readonly neverBegan: true }
  | { readonly unreadable: unknown; readonly because: string }
)

/** The runs of a cluster, oldest first; none if there is no folder yet. */
export async function listRuns(runs: string): Promise<ListedRun[]> {
  const names = await readdir(runs).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return Promise.all(names.sort().map(name => readRun(runs, name)))
}

/** The newest run that waits for a person or is at work; one that waits for nobody (a backup that was killed) does not count, one that can't be read does. */
export async function latestUnfinished(runs: string): Promise<ListedRun | undefined> {
  return (await listRuns(runs)).findLast(isUnfinished)
}

/** One run; see `ListedRun`. */
export async function readRun(runs: string, run: string): Promise<ListedRun> {
  const folder = runFolder(runs, run)
  try {
    const records = await readJournal(folder)
    const state = fold(records.map(({ event }) => event))
    const [first] = records
    if (!state || !first) return { run, folder, neverBegan: true }
    return { run, folder, state, startedAt: first.at, lastAt: records.at(-1)?.at ?? first.at }
  } catch (error) {
    if (isMissing(error)) return { run, folder, neverBegan: true }
    return { run, folder, unreadable: error, because: because(error) }
  }
}

function isUnfinished(listed: ListedRun): boolean {
  if ('neverBegan' in listed) return false
  if ('unreadable' in listed) return true
  const { status, plan } = listed.state
  return plan.onFailure === 'pause' && (status.is === 'running' || status.is === 'paused')
}

/** Names come from a cluster file or a command line; as a folder they must not lead elsewhere. */
function folderName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, dots => '%2E'.repeat(dots.length))
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
