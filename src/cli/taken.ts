// What a driver takes before it drives, and gives back however the run ends: the claim on the cluster, or the lock of a reading run.
import { seconds } from '../config/patience.ts'
import { nobodyOnDisks, releaseLost, takeDiskClaim } from '../disk-claim/claim.ts'
import type { Hold } from '../engine/ports.ts'
import { because, DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { adoptClaim, type Claim, resumeClaim, takeClaim } from '../zookeeper/claim/claim.ts'
import { ClaimLost, NoClaim } from '../zookeeper/claim/errors.ts'
import { startReading } from '../zookeeper/claim/reading.ts'
import { readers } from '../zookeeper/claim/show.ts'
import { raiseTo } from '../zookeeper/claim/token.ts'
import { bootClock } from '../zookeeper/session/clock.ts'
import type { Session } from '../zookeeper/session/session.ts'
import { openClaimSession } from './claim-session.ts'
import { whoami } from './whoami.ts'

/** What a driver has taken and must give back. */
export interface Taken {
  readonly hold: Hold
  /** The run has ended for good, or it waits for a person. */
  giveBack(how: 'ended' | 'waits'): Promise<void>
}

/** Of a run that asks nothing of the cluster. */
export const nothingTaken: Taken = {
  hold: { token: 0, lost: new AbortController().signal, assertHeld: async () => {} },
  giveBack: async () => {},
}

export const driving = (session: Session, run: string) => ({
  session,
  clock: bootClock,
  run,
  who: whoami(),
  now: () => new Date(),
})

/** @throws Claimed, by what stands on the masters' disks, too; DcosctlError CLAIMED while a reading run, which came first, is at work. */
export async function claimFor(world: World, session: Session, plan: DcosPlan, run: string): Promise<Taken> {
  const { token } = await nobodyOnDisks(world)
  await raiseTo(session, token) // A node obeys nobody with a lower one than it remembers, and ZooKeeper may have been set back.
  const claim = await takeClaim({ ...driving(session, run), runbook: plan.runbook, cluster: plan.cluster.id })
  const [[reader]] = await Promise.all([readers(session), nobodyOnDisks(world)]).catch(async error => {
    await claim.release() // Else the cluster would stay claimed for a run that never began.
    throw error
  })
  if (!reader) return claimTaken(claim)
  await claim.release()
  throw new DcosctlError('CLAIMED', {
    what: `${reader.runbook} ${reader.run} of ${reader.who.user}@${reader.who.host} reads the cluster since ${reader.since}.`,
    state: 'Nothing was changed.',
    next: ['wait until it has ended:  dcosctl status'],
  })
}

/** A ghost is the holder of a process of ours that died: its session ends by itself. */
export async function resumeTaken(world: World, session: Session, run: string): Promise<Taken> {
  const ghostWithin = seconds(world.file.zookeeper.sessionTimeout) * 1500
  return claimTaken(await resumeClaim({ ...driving(session, run), ghostWithin }))
}

export const adoptTaken = async (_world: World, session: Session, run: string): Promise<Taken> =>
  claimTaken(await adoptClaim(driving(session, run)))

const claimTaken = (claim: Claim): Taken => ({
  hold: claim.hold,
  async giveBack(how) {
    const { lost } = claim.hold
    if (lost.aborted && how === 'waits') return // Nothing is ours any more; the journal says why.
    if (lost.aborted) throw lost.reason // It has ended, but the cluster stays claimed until a resume releases it.
    try {
      await (how === 'ended' ? claim.release() : claim.leave())
    } catch (error) {
      if (error instanceof DcosctlError) throw error
      throw new ClaimLost(`it could not be given back: ${because(error)}`, claim.node.run, error)
    }
  },
})

export async function readingLock(world: World, session: Session, plan: DcosPlan, run: string): Promise<Taken> {
  await nobodyOnDisks(world, 'a paused run')
  const { hold, end } = await startReading({ ...driving(session, run), runbook: plan.runbook })
  return {
    hold,
    // It goes with its session all the same: what the run came to stays what it is.
    giveBack: () =>
      end().catch(error => process.emitWarning(`The reading lock ends with its session: ${because(error)}`)),
  }
}

/** Whether a plan reads what lies still on the masters' disks: then no ZooKeeper can hold its lock. */
export const readsAtRest = ({ stages }: DcosPlan): boolean =>
  stages.some(({ parts }) =>
    parts.some(
      part =>
        part.kind === 'step' &&
        part.action.do === 'take-backup' &&
        part.action.objects.some(({ what }) => what === 'zookeeper-files-at-rest'),
    ),
  )

/** The lock of a reading run on the masters' disks; on those that can be reached where its plan says that this was accepted. */
export async function lockOnDisks(world: World, { runbook, cluster, accepted }: DcosPlan, run: string): Promise<Taken> {
  const enough = accepted.some(({ what }) => what === 'no-majority-lock') ? 'reachable' : 'majority'
  const { hold, release } = await takeDiskClaim(world, {
    ...{ kind: 'reading', run, runbook, cluster: cluster.id, enough },
    ...{ who: whoami(), now: () => new Date() },
  })
  return {
    hold,
    giveBack: () =>
      release().catch(error => process.emitWarning(`The lock on the masters' disks ends by itself: ${because(error)}`)),
  }
}

/**
 * Releases the claim of a run whose workstation and journal are lost, in ZooKeeper and on the masters' disks. Nothing is brought back: nobody knows
 * what was down.
 * @throws NoClaim, Claimed while its driver is alive
 */
export async function releaseLostRun(world: World, run: string): Promise<void> {
  const onDisks = await releaseLost(world, run)
  const session = await openClaimSession(world, undefined).catch(error => {
    if (!onDisks) throw error
    process.emitWarning(`ZooKeeper could not be asked for a claim of the run: ${because(error)}`)
  })
  try {
    if (session) await (await adoptClaim(driving(session, run))).release()
  } catch (error) {
    if (!(onDisks && error instanceof NoClaim)) throw error
  } finally {
    await session?.close()
  }
}
