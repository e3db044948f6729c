// Makes the plan of a backup, and turns "somebody else is at work" into a skip where that was asked for.
import { backup } from '../../runbooks/backup.ts'
import { patienceOf } from '../config/patience.ts'
import { DcosctlError } from '../errors.ts'
import type { BackupWay, DcosPlan } from '../plan/vocabulary.ts'
import { survey } from '../survey/survey.ts'
import type { World } from '../world.ts'
import { Busy } from '../zookeeper/claim/errors.ts'
import { nobodyAtWork } from './claim-session.ts'

export async function planBackup(world: World, way: BackupWay): Promise<DcosPlan> {
  const store = await world.store()
  const { encryption = 'none' } = world.file
  return backup(await survey(world), { store: store.where, encryption, way }, patienceOf(world.file).cluster)
}

/**
 * Asks before the work as well: a cluster that is being changed can't be surveyed whole.
 * @throws DcosctlError SKIPPED where a changing run is at work and the backup was to skip then.
 */
export async function skippedIfBusy<T>(skip: boolean, world: World, work: () => Promise<T>): Promise<T> {
  try {
    if (skip) await nobodyAtWork(world)
    return await work()
  } catch (error) {
    if (!skip || !(error instanceof Busy)) throw error
    throw new DcosctlError('SKIPPED', { what: error.message, state: 'No backup was taken.', cause: error })
  }
}
