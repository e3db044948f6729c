// Goes on with a run: resumed on its workstation, adopted on another, or abandoned.
import { parsePlan } from '../config/plan-file.ts'
import { abandon, resume } from '../engine/engine.ts'
import type { Outcome, RunEvent } from '../engine/events.ts'
import { openJournal, readJournal } from '../engine/journal-file.ts'
import type { Ports } from '../engine/ports.ts'
import { fold, type RunState } from '../engine/state.ts'
import { systemClock } from '../engine/system-clock.ts'
import { DcosctlError } from '../errors.ts'
import type { Action, Check, DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import type { Session } from '../zookeeper/session/session.ts'
import { reopenClaimSession } from './claim-session.ts'
import { drive, type Left, type RunFlags } from './drive.ts'
import { type KnownRun, knownRun } from './known-run.ts'
import { adoptTaken, resumeTaken, type Taken } from './taken.ts'
import { whoami } from './whoami.ts'

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
  return takeUpAgain(world, known, said, flags, resumeTaken, resume)
}

/** Goes on with a run of another workstation whose folder was copied here. @throws as `resumeRun`; Claimed while its driver is alive */
export async function adoptRun(world: World, known: KnownRun, flags: RunFlags): Promise<Left> {
  return takeUpAgain(world, known, [], flags, adoptTaken, resume)
}

/** Brings back what is down and ends the run for good. @throws as `resumeRun` */
export async function abandonRun(world: World, named: string | undefined, reason: string): Promise<Left> {
  const known = await knownRun(world.file.cluster.name, named, process.env)
  const { user, host } = whoami()
  return takeUpAgain(world, known, [], {}, resumeTaken, (state, ports) =>
    abandon(state, ports, `${user}@${host}`, reason),
  )
}

async function takeUpAgain(
  world: World,
  { run, folder, state }: KnownRun,
  said: readonly RunEvent[],
  flags: RunFlags,
  take: (world: World, session: Session, run: string) => Promise<Taken>,
  goOn: (state: RunState, ports: Ports<Action, Check, World>) => Promise<Outcome>,
): Promise<Left> {
  learnAgents(world, parsePlan(state.plan))
  const journal = await openJournal(folder, systemClock)
  let session: Session | undefined
  let taken: Taken
  try {
    session = await reopenClaimSession(world, folder)
    taken = await take(world, session, run)
    await journal.append(said)
  } catch (error) {
    session?.detach() // It may be the session of a driver that is alive: closing it would take its claim away.
    await journal.close()
    throw error
  }
  const records = await readJournal(folder)
  const now = fold(records.map(({ event }) => event)) ?? state
  const { is } = now.status
  if (is === 'finished' || is === 'failed' || is === 'abandoned') {
    // It ended, but its driver died before it gave the cluster back.
    await taken.giveBack('ended')
    await session.close()
    await journal.close()
    throw new DcosctlError('REFUSED', {
      what: `Run ${run} is ${is}: there is nothing to go on with.`,
      state: 'Its claim on the cluster was still there and is released now.',
      next: ['see how the cluster is:  dcosctl status'],
    })
  }
  return drive(world, journal, session, taken, flags, ports => goOn(now, ports))
}

/** Agents that Mesos no longer lists are found by what the plan knows of them. */
function learnAgents(world: World, plan: DcosPlan): void {
  for (const part of plan.stages.flatMap(({ parts }) => parts)) {
    if (part.kind !== 'gate' || part.check.ask !== 'as-before') continue
    world.learn(part.check.baseline.agents.map(({ node, address }) => ({ name: node, address })))
  }
}
