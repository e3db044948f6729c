// The newest backup of this cluster was decoded, read back, and is young enough.
import { sayDuration } from '../config/duration.ts'
import { newestFirst } from '../store/backups.ts'
import type { Manifest } from '../store/manifest.ts'
import type { World } from '../world.ts'
import type { Ask } from './checker.ts'

/** Seconds. A backup may be taken by another machine than this one; further apart their clocks say nothing of its age. */
const clocksMayDiffer = 300

export const backupFresh: Ask<'backup-fresh'> = async ({ atMost }, world) => {
  const wanted = `a backup at most ${sayDuration(atMost)} old, decoded and read back`
  const { newest, damaged } = await newestWhole(world)
  const remedy = 'take one:  dcosctl backup'
  if (!newest) {
    const saw = damaged > 0 ? `none that can be read; ${damaged} damaged` : 'none'
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

/** And how many that are newer still can't be read. */
async function newestWhole(world: World): Promise<{ readonly newest?: Manifest; readonly damaged: number }> {
  let damaged = 0
  for await (const seen of newestFirst(await world.store(), world.file.cluster)) {
    if (seen.is === 'whole') return { newest: seen.manifest, damaged }
    if (seen.is === 'damaged') damaged++
  }
  return { damaged }
}
