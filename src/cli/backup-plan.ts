// Makes the plan of a backup, and turns "somebody else is at work" into a wait or a skip where that was asked for.
import { setTimeout as pause } from 'node:timers/promises'
import { sayDuration } from '../config/duration.ts'
import { DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { Busy, Claimed } from '../zookeeper/claim/errors.ts'
import { planOfWay, type WayFlags } from './backup-ways.ts'
import { nobodyAtWork } from './claim-session.ts'
import { whoami } from './whoami.ts'

export async function planBackup(world: World, ways: WayFlags = {}): Promise<DcosPlan> {
  const store = await world.store()
  const { encryption = 'none' } = world.file
  return planOfWay(world, { store: store.where, encryption }, ways, whoami().user)
}

/** What to do while a changing run is at work. */
export type WhenBusy =
  | { readonly is: 'refuse' }
  /** `within`: seconds to wait for its pause or end; 0 skips at once. */
  | { readonly is: 'skip'; readonly within: number }

export interface Waiting {
  /** Milliseconds, monotonic. */
  now(): number
  pause(milliseconds: number): Promise<unknown>
}

const realTime: Waiting = { now: () => performance.now(), pause }
/** Milliseconds between two questions: each opens a session in ZooKeeper. */
const askEvery = 30_000

/**
 * Asks before the work as well: a cluster that is being changed can't be surveyed whole.
 * @throws DcosctlError SKIPPED where a changing run is at work, at the deadline still, and the backup was to skip then.
 * @throws Claimed at once where nobody drives that run: only a person can end or resume it, and a skip would tell nobody.
 */
export async function whenNotBusy<T>(
  when: WhenBusy,
  atWork: () => Promise<void>,
  work: () => Promise<T>,
  time: Waiting = realTime,
): Promise<T> {
  if (when.is === 'refuse') return work()
  const end = time.now() + when.within * 1000
  let busy: Busy | undefined
  for (;;) {
    const trouble = await troubleOf(atWork)
    // While masters go down one by one, ZooKeeper may for a moment have nobody to say that the run is still at work.
    if (trouble instanceof Claimed || (trouble !== undefined && !(trouble instanceof Busy) && !busy)) throw trouble
    if (trouble === undefined) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Busy)) throw error
        busy = error
      }
    }
    if (trouble instanceof Busy) busy = trouble
    const left = end - time.now()
    if (left <= 0) throw busy ? skipped(busy, when.within) : trouble
    await time.pause(Math.min(left, askEvery))
  }
}

async function troubleOf(question: () => Promise<void>): Promise<unknown> {
  try {
    await question()
    return undefined
  } catch (error) {
    return error ?? new Error('it failed without a reason')
  }
}

export const nobodyAtWorkIn = (world: World) => (): Promise<void> => nobodyAtWork(world)

function skipped(busy: Busy, waited: number): DcosctlError {
  const state = `No backup was taken${waited > 0 ? `, after a wait of ${sayDuration(waited)}` : ''}.`
  return new DcosctlError('SKIPPED', { what: busy.message, state, cause: busy })
}
