// The newest backup of this cluster was decoded, read back, and is young enough.
import { sayDuration } from '../config/duration.ts'
import { listBackups } from '../store/backups.ts'
import type { Ask } from './checker.ts'

/** Seconds. A backup may be taken by another machine than this one; further apart their clocks say nothing of its age. */
const clocksMayDiffer = 300

export const backupFresh: Ask<'backup-fresh'> = async ({ atMost }, world) => {
  const wanted = `a backup at most ${sayDuration(atMost)} old, decoded and read back`
  const { whole, damaged } = await listBackups(await world.store(), world.file.cluster)
  const newest = whole.at(-1)
  const remedy = 'take one:  dcosctl backup'
  if (!newest) {
    const saw = damaged.length > 0 ? `none that can be read; ${damaged.length} damaged` : 'none'
    return { well: false, saw, wanted, remedy }
  }
  const age = (Date.now() - Date.parse(newest.finished)) / 1000
  if (age < -clocksMayDiffer) {
    const saw = `${newest.backup} ended ${sayDuration(-age)} in the future, by the clock of this machine`
    return { well: false, saw, wanted, remedy: 'compare the clocks of the machines that take backups' }
  }
  if (age > atMost) return { well: false, saw: `${newest.backup} is ${sayDuration(age)} old`, wanted, remedy }
  if (!newest.levels.stored) return { well: false, saw: `${newest.backup} was not read back`, wanted, remedy }
  return { well: true, saw: `${newest.backup}, ${newest.objects.length} objects, decoded and read back`, wanted }
}
