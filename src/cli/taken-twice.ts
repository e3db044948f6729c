// What the driver of a run takes that stops ZooKeeper: the claim on the masters' disks, which is what it holds on by, and the one in ZooKeeper
// where that answers, so that others are refused there, too. ZooKeeper may be down at any of this: then the disks alone count.
import { adoptDiskClaim, type DiskClaim, resumeDiskClaim, takeDiskClaim } from '../disk-claim/claim.ts'
import { because, DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { adoptClaim } from '../zookeeper/claim/claim.ts'
import { NoClaim } from '../zookeeper/claim/errors.ts'
import { NoClusterId } from '../zookeeper/session/cluster-id.ts'
import { ConnectionLost, NoServer, SessionExpired } from '../zookeeper/session/errors.ts'
import type { Session } from '../zookeeper/session/session.ts'
import { askedUntil } from './asked-until.ts'
import { openClaimSession, reopenClaimSession } from './claim-session.ts'
import { adoptTaken, claimFor, driving, resumeTaken, type Taken } from './taken.ts'
import { whoami } from './whoami.ts'

/** A session that may be there, and may end while the run goes on. */
interface MaybeSession {
  close(): Promise<unknown>
  detach(): void
}

export interface TakenWithSession {
  readonly session: MaybeSession
  readonly taken: Taken
}

/** Runbooks whose claim must outlive ZooKeeper. */
export const stopsZookeeper = ({ runbook }: Pick<DcosPlan, 'runbook'>): boolean => runbook === 'restore-zookeeper'

/** @throws Claimed, DcosctlError; then nothing is held */
export async function takeTwice(world: World, plan: DcosPlan, run: string, folder: string): Promise<TakenWithSession> {
  const session = await ifServed(() => openClaimSession(world, folder))
  let first: Taken | undefined
  try {
    first = session && (await claimFor(world, session, plan, run))
    const { runbook, cluster } = plan
    const claiming = {
      kind: 'changing',
      run,
      runbook,
      cluster: cluster.id,
      who: whoami(),
      now: () => new Date(),
    } as const
    return both(world, run, session, first, await takeDiskClaim(world, { ...claiming, ...above(first) }))
  } catch (error) {
    await first?.giveBack('ended').catch(left => process.emitWarning(because(left)))
    await session?.close()
    throw error
  }
}

type Again = 'resume' | 'adopt'

/** On the workstation where it began, or on another one. @throws Claimed, NoClaim, DcosctlError */
export async function takeTwiceAgain(world: World, folder: string, run: string, how: Again): Promise<TakenWithSession> {
  const open = how === 'resume' ? reopenClaimSession : openClaimSession
  const session = await ifServed(() => open(world, folder))
  try {
    const take = how === 'resume' ? resumeTaken : adoptTaken
    const first = session && (await ifThere(() => take(world, session, run)))
    const takeUp = how === 'resume' ? resumeDiskClaim : adoptDiskClaim
    return both(world, run, session, first, await takeUp(world, { run, who: whoami(), ...above(first) }))
  } catch (error) {
    session?.detach() // It may be the session of a driver that is alive.
    throw error
  }
}

const above = (first: Taken | undefined) => (first ? { above: first.hold.token } : {})

function both(
  world: World,
  run: string,
  session: Session | undefined,
  first: Taken | undefined,
  disks: DiskClaim,
): TakenWithSession {
  return {
    session: {
      close: async () => session?.close(),
      detach: () => session?.detach(),
    },
    taken: {
      hold: disks.hold,
      async giveBack(how) {
        const { lost } = disks.hold
        if (lost.aborted && how === 'waits') return // Nothing is ours any more; the journal says why.
        if (lost.aborted) throw lost.reason
        if (how === 'waits') {
          // While ZooKeeper is down, or restored meanwhile, nobody holds there; that is how a resume finds it.
          if (first && !first.hold.lost.aborted) await first.giveBack('waits').catch(() => {})
          return disks.leave()
        }
        await (first && !first.hold.lost.aborted ? first.giveBack('ended') : releaseThere(world, run))
        await disks.release()
      },
    },
  }
}

/** The claim in ZooKeeper outlives the session that made it, and comes back with the image: it is taken up once more, and released. */
async function releaseThere(world: World, run: string): Promise<void> {
  const open = () => ifServed(() => openClaimSession(world, undefined))
  const session = await askedUntil(electedWithin, open, opened => opened !== undefined)
  if (!session) {
    process.emitWarning(
      `ZooKeeper does not answer: if the claim of run ${run} still stands there, release it then:  dcosctl run abandon ${run} --lost --reason …`,
    )
    return
  }
  try {
    await ifThere(async () => (await adoptClaim(driving(session, run))).release())
  } finally {
    await session.close()
  }
}

/** Seconds that an ensemble which was started a moment ago has to elect its leader. */
const electedWithin = 60

/** An ensemble whose state was lost has no /cluster-id either; each master's own was looked at when it was logged into. */
async function ifServed(open: () => Promise<Session>): Promise<Session | undefined> {
  try {
    return await open()
  } catch (error) {
    const down = [NoServer, ConnectionLost, SessionExpired, NoClusterId].some(kind => error instanceof kind)
    if (down && !(error instanceof DcosctlError)) return undefined
    throw error
  }
}

async function ifThere<T>(take: () => Promise<T>): Promise<T | undefined> {
  try {
    return await take()
  } catch (error) {
    if (error instanceof NoClaim || error instanceof ConnectionLost || error instanceof SessionExpired) return undefined
    throw error
  }
}
