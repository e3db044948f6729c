// Goes on with a run: resumed on its workstation, adopted on another, or abandoned.
import { parsePlan } from '../config/plan-file.ts'
import { abandon, resume } from '../engine/engine.ts'
import type { Outcome, RunEvent } from '../engine/events.ts'
import { type JournalFile, openJournal, readJournal, salvageJournal } from '../engine/journal-file.ts'
import type { Ports } from '../engine/ports.ts'
import { fold, type RunState } from '../engine/state.ts'
import { systemClock } from '../engine/system-clock.ts'
import { because, DcosctlError } from '../errors.ts'
import type { Action, Check, DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import type { Session } from '../zookeeper/session/session.ts'
import { openClaimSession, reopenClaimSession } from './claim-session.ts'
import { drive, type Left, type RunFlags } from './drive.ts'
import { listen } from './interruption.ts'
import { type KnownRun, readableRun } from './known-run.ts'
import { adoptTaken, resumeTaken, type Taken } from './taken.ts'
import { stopsZookeeper, type TakenWithSession, takeTwiceAgain } from './taken-twice.ts'
import { whoami } from './whoami.ts'

/** How a run is taken up again. */
interface Way {
  readonly how: 'resume' | 'adopt'
  /** What is held by a session in ZooKeeper alone. */
  take(world: World, folder: string, run: string): Promise<TakenWithSession>
  journal(folder: string): Promise<JournalFile>
}

/** Of a session that is not taken over in the end, nothing must be ended: it may be that of a driver that is alive. */
async function bySession(session: Session, take: () => Promise<Taken>): Promise<TakenWithSession> {
  try {
    return { session, taken: await take() }
  } catch (error) {
    session.detach()
    throw error
  }
}

/** On the workstation where it began, by the session that it had. */
const onItsWorkstation: Way = {
  how: 'resume',
  async take(world, folder, run) {
    const session = await reopenClaimSession(world, folder)
    return bySession(session, () => resumeTaken(world, session, run))
  },
  journal: folder => openJournal(folder, systemClock),
}

/**
 * On another one. The folder that was copied holds the credentials of its driver's session, which is not taken over: if that
 * driver is alive it must be seen as another's, and be left alone.
 */
const onAnotherWorkstation: Way = {
  ...onItsWorkstation,
  how: 'adopt',
  async take(world, folder, run) {
    const session = await openClaimSession(world, folder)
    return bySession(session, () => adoptTaken(world, session, run))
  },
}

/**
 * Goes on with a run; `said` is what a person says before it does.
 * @throws NoClaim, Claimed, DamagedJournal, DcosctlError
 */
export async function resumeRun(
  world: World,
  known: KnownRun,
  said: readonly RunEvent[],
  flags: RunFlags,
): Promise<Left> {
  return takeUpAgain(world, known, said, flags, onItsWorkstation, resume)
}

/** Goes on with a run of another workstation whose folder was copied here. @throws as `resumeRun`; Claimed while its driver is alive */
export async function adoptRun(world: World, known: KnownRun, flags: RunFlags): Promise<Left> {
  return takeUpAgain(world, known, [], flags, onAnotherWorkstation, resume)
}

/** Brings back what is down and ends the run for good; of a damaged journal, what can be read of it. @throws as `resumeRun` */
export async function abandonRun(
  world: World,
  named: string | undefined,
  reason: string,
  flags: RunFlags = {},
): Promise<Left> {
  const known = await readableRun(world.file.cluster.name, named, process.env)
  const { user, host } = whoami()
  let why = reason
  const way: Way = {
    ...onItsWorkstation,
    async journal(folder) {
      const { journal, kept } = await salvageJournal(folder, systemClock)
      if (kept !== undefined) why = `${reason} (its journal was damaged, and is kept as it was in ${kept})`
      return journal
    },
  }
  return takeUpAgain(world, known, [], flags, way, (state, ports) => abandon(state, ports, `${user}@${host}`, why))
}

async function takeUpAgain(
  world: World,
  { run, folder, state }: KnownRun,
  said: readonly RunEvent[],
  flags: RunFlags,
  way: Way,
  goOn: (state: RunState, ports: Ports<Action, Check, World>) => Promise<Outcome>,
): Promise<Left> {
  const plan = parsePlan(state.plan)
  learnAgents(world, plan)
  const interruption = listen()
  let both: TakenWithSession
  try {
    both = await (stopsZookeeper(plan) ? takeTwiceAgain(world, folder, run, way.how) : way.take(world, folder, run))
  } catch (error) {
    interruption.off()
    throw error
  }
  const { session, taken } = both
  let journal: JournalFile | undefined
  let now: RunState
  try {
    // Not before the claim is ours: opening cuts a torn last line off, and a driver that is alive may be in the middle of writing one.
    journal = await way.journal(folder)
    await journal.append(said)
    now = fold((await readJournal(folder)).map(({ event }) => event)) ?? state
  } catch (error) {
    interruption.off()
    await taken.giveBack('waits').catch(left => process.emitWarning(`The run still counts as driven: ${because(left)}`))
    await session.close()
    await journal?.close()
    throw error
  }
  const { is } = now.status
  if (is === 'finished' || is === 'failed' || is === 'abandoned') {
    // It ended, but its driver died before it gave the cluster back.
    interruption.off()
    await taken.giveBack('ended')
    await session.close()
    await journal.close()
    throw new DcosctlError('REFUSED', {
      what: `Run ${run} is ${is}: there is nothing to go on with.`,
      state: 'Its claim on the cluster was still there and is released now.',
      next: ['see how the cluster is:  dcosctl status'],
    })
  }
  return drive(world, journal, session, taken, flags, interruption, ports => goOn(now, ports))
}

/** Agents that Mesos no longer lists are found by what the plan knows of them. */
function learnAgents(world: World, plan: DcosPlan): void {
  for (const part of plan.stages.flatMap(({ parts }) => parts)) {
    if (part.kind !== 'gate' || part.check.ask !== 'as-before') continue
    world.learn(part.check.baseline.agents.map(({ node, address }) => ({ name: node, address })))
  }
}
