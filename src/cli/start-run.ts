// Starts a run: its journal, the claim, then the engine. What is refused before the start leaves nothing behind.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { execute } from '../engine/engine.ts'
import { JournalUnwritable } from '../engine/errors.ts'
import { createJournal } from '../engine/journal-file.ts'
import { newRunName, runFolder, runsFolder } from '../engine/runs.ts'
import { systemClock } from '../engine/system-clock.ts'
import { DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { openClaimSession } from './claim-session.ts'
import { drive, hasBegun, type Left, type RunFlags } from './drive.ts'
import { listen } from './interruption.ts'
import { claimFor, lockOnDisks, nothingTaken, readingLock, readsAtRest } from './taken.ts'
import { stopsZookeeper, type TakenWithSession, takeTwice } from './taken-twice.ts'

/** How a run comes to what it must have before it drives. The session is closed when the run has ended. */
type Take = (folder: string, run: string) => Promise<Partial<TakenWithSession> & Pick<TakenWithSession, 'taken'>>

/** @throws Claimed, Busy, DcosctlError: refused before the start, and then nothing is left behind. */
export async function startRun(world: World, plan: DcosPlan, flags: RunFlags): Promise<Left> {
  return start(world, plan, flags, async (folder, run) => {
    if (readsAtRest(plan)) return { taken: await lockOnDisks(world, plan, run) }
    return (stopsZookeeper(plan) ? takeTwice : takeInZookeeper)(world, plan, run, folder)
  })
}

/**
 * Starts a run that asks and changes the store alone. It takes nothing of the cluster, which may be down, and no lock in the store: each
 * step decides anew whether it still may, and two such runs side by side come to what one comes to.
 */
export async function startStoreRun(world: World, plan: DcosPlan, flags: RunFlags): Promise<Left> {
  return start(world, plan, flags, async () => ({ taken: nothingTaken }))
}

async function start(world: World, plan: DcosPlan, flags: RunFlags, take: Take): Promise<Left> {
  const run = newRunName(new Date(), randomBytes(2).toString('hex'))
  const folder = runFolder(runsFolder(process.env, world.file.cluster.name), run)
  const journal = await createJournal(folder, systemClock)
  const interruption = listen()
  let both: Awaited<ReturnType<Take>>
  try {
    both = await take(folder, run)
  } catch (error) {
    interruption.off()
    await journal.close()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  try {
    return await drive(world, journal, both.session, both.taken, flags, interruption, ports =>
      execute(plan, run, ports),
    )
  } catch (error) {
    if (!(error instanceof JournalUnwritable)) throw error
    const begun = await hasBegun(journal)
    if (!begun) await rm(folder, { recursive: true, force: true })
    throw withoutJournal(error, plan, begun)
  }
}

async function takeInZookeeper(world: World, plan: DcosPlan, run: string, folder: string): Promise<TakenWithSession> {
  const session = await openClaimSession(world, folder)
  try {
    const take = plan.kind === 'changing' ? claimFor : readingLock
    return { session, taken: await take(world, session, plan, run) }
  } catch (error) {
    await session.close()
    throw error
  }
}

/** How the loss of the journal is told: only a run that waits for a person pauses. */
function withoutJournal(error: JournalUnwritable, { onFailure }: DcosPlan, begun: boolean): DcosctlError {
  const next = ['make room (or mend the disk) under the journal, then try again']
  if (!begun)
    return new DcosctlError('REFUSED', { what: error.message, state: 'Nothing was changed.', next, cause: error })
  if (onFailure === 'pause') return error
  const state = 'Nothing is left down and nothing half visible.'
  return new DcosctlError('NO_RESULT', {
    what: error.message,
    state,
    next: [...next, 'see:  dcosctl backup list'],
    cause: error,
  })
}
