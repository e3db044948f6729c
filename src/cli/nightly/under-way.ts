// Is the backup before this one still at work on this host? A schedule that is faster than the backups must not pile them up, and one that
// hangs must not silence all nights after it.
import { readFile } from 'node:fs/promises'
import { DcosctlError } from '../../errors.ts'
import { hangsAfterHours } from '../../schedule/files.ts'
import { ageOf } from './newest-good.ts'
import type { LastBackup } from './record.ts'

/** Tells a process from a later one with the same number: boot id and start time of proc(5), /proc/PID/stat (22). */
export async function processMark(pid: number): Promise<string | undefined> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold blanks and parentheses itself.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3]
    return started === undefined ? undefined : `${boot} ${started}`
  } catch {
    return undefined
  }
}

/** What has become of the backup that a record names. */
export type Stands =
  | { readonly is: 'ended' }
  | { readonly is: 'at work' | 'hangs' | 'killed'; readonly pid: number }
  /** The record names no process: the host that it ran on has no /proc. */
  | { readonly is: 'unknown' }

export async function standsNow({ started, process, ended }: LastBackup, now: Date): Promise<Stands> {
  if (ended) return { is: 'ended' }
  if (!process) return { is: 'unknown' }
  const { pid, mark } = process
  if ((await processMark(pid)) !== mark) return { is: 'killed', pid }
  return { is: now.getTime() - Date.parse(started) < hangsAfterHours * 3_600_000 ? 'at work' : 'hangs', pid }
}

/**
 * The failure of this night, where the one before it hangs: told as any other. Undefined where this one may begin.
 * @throws DcosctlError SKIPPED while the one before is at work: that one tells how it ends, this one has nothing to tell.
 */
export async function besideOther(last: LastBackup | undefined, now: Date): Promise<DcosctlError | undefined> {
  if (!last) return undefined
  const stands = await standsNow(last, now)
  if (stands.is !== 'at work' && stands.is !== 'hangs') return undefined
  const { pid } = stands
  const what = `The backup that began ${last.started} on this host (process ${pid}) is still under way`
  const state = 'No other was begun.'
  if (stands.is === 'at work') throw new DcosctlError('SKIPPED', { what: `${what}.`, state })
  return new DcosctlError('REFUSED', {
    what: `${what}, after ${ageOf(last.started, now)}: it hangs, and none is taken beside it.`,
    state,
    next: [
      `see what it waits for:  ps -o pid,etime,stat,wchan:32,args -p ${pid}`,
      `end it:  kill ${pid}`,
      'then take one:  dcosctl backup',
    ],
  })
}
