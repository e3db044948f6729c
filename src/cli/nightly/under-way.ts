// Is the backup before this one still at work on this host? A schedule that is faster than the backups must not pile them up.
import { readFile } from 'node:fs/promises'
import { DcosctlError } from '../../errors.ts'
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

/** @throws DcosctlError SKIPPED while it is: that one tells how it ends, this one has nothing to tell. */
export async function skipBeside(last: LastBackup | undefined): Promise<void> {
  if (!last?.process || last.ended) return
  const { pid, mark } = last.process
  if ((await processMark(pid)) !== mark) return
  throw new DcosctlError('SKIPPED', {
    what: `The backup that began ${last.started} on this host (process ${pid}) is still under way.`,
    state: 'No other was begun.',
  })
}
