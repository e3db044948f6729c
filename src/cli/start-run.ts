// Starts a run, or goes on with one: journal, claim, engine, renderer; and gives back what it took, however it ends.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { choose } from '../actions/choose.ts'
import { performers } from '../actions/index.ts'
import { checkers } from '../checks/index.ts'
import { seconds } from '../config/patience.ts'
import { parsePlan } from '../config/plan-file.ts'
import { abandon, execute, resume } from '../engine/engine.ts'
import { JournalUnwritable } from '../engine/errors.ts'
import type { Outcome, RunEvent } from '../engine/events.ts'
import { createJournal, type JournalFile, openJournal, readJournal } from '../engine/journal-file.ts'
import type { Hold, Interruption, Ports } from '../engine/ports.ts'
import { newRunName, runFolder, runsFolder } from '../engine/runs.ts'
import { fold, type RunState } from '../engine/state.ts'
import { systemClock } from '../engine/system-clock.ts'
import { because, DcosctlError } from '../errors.ts'
import type { Renderer } from '../output/renderer.ts'
import type { Action, Check, DcosPlan } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { adoptClaim, type Claim, resumeClaim, takeClaim } from '../zookeeper/claim/claim.ts'
import { startReading } from '../zookeeper/claim/reading.ts'
import { readers } from '../zookeeper/claim/show.ts'
import { bootClock } from '../zookeeper/session/clock.ts'
import type { Session } from '../zookeeper/session/session.ts'
import { openClaimSession, reopenClaimSession } from './claim-session.ts'
import { listen } from './interruption.ts'
import { type KnownRun, knownRun } from './known-run.ts'
import { rendererFor } from './renderers.ts'
import type { ProgressKind } from './run-flags.ts'
import { whoami } from './whoami.ts'

export interface RunFlags {
  readonly progress?: ProgressKind | undefined
  readonly quiet?: boolean | undefined
}

/** How a run left the engine, and what its journal adds up to. */
export interface Left {
  readonly run: string
  readonly outcome: Outcome
  readonly state: RunState
}

/** What a driver has taken and must give back. */
interface Taken {
  readonly hold: Hold
  /** The run has ended for good, or it waits for a person. */
  giveBack(how: 'ended' | 'waits'): Promise<void>
}

/** @throws Claimed, Busy, DcosctlError: refused before the start, and then nothing is left behind. */
export async function startRun(world: World, plan: DcosPlan, flags: RunFlags): Promise<Left> {
  const run = newRunName(new Date(), randomBytes(2).toString('hex'))
  const folder = runFolder(runsFolder(process.env, world.file.cluster.name), run)
  const journal = await createJournal(folder, systemClock)
  let session: Session | undefined
  let taken: Taken
  try {
    session = await openClaimSession(world, folder)
    taken = plan.kind === 'changing' ? await claimFor(session, plan, run) : await readingLock(session, plan, run)
  } catch (error) {
    await session?.close()
    await journal.close()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  try {
    return await drive(world, journal, session, taken, flags, ports => execute(plan, run, ports))
  } catch (error) {
    if (!(error instanceof JournalUnwritable)) throw error
    const begun = await hasBegun(journal)
    if (!begun) await rm(folder, { recursive: true, force: true })
    throw withoutJournal(error, plan, begun)
  }
}

/** A run without its first record can't be resumed, so that it must not keep the cluster either; what can't be read may be one. */
const hasBegun = async ({ path }: JournalFile): Promise<boolean> =>
  readJournal(dirname(path)).then(
    records => records.length > 0,
    () => true,
  )

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

/**
 * Releases the claim of a run whose workstation and journal are lost. Nothing is brought back: nobody knows what was down.
 * @throws NoClaim, Claimed while its driver is alive
 */
export async function releaseLostRun(world: World, run: string): Promise<void> {
  const session = await openClaimSession(world, undefined)
  try {
    await (await adoptClaim(driving(session, run))).release()
  } finally {
    await session.close()
  }
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
  return drive(world, journal, session, taken, flags, ports => goOn(now, ports))
}

async function drive(
  world: World,
  journal: JournalFile,
  session: Session,
  taken: Taken,
  flags: RunFlags,
  work: (ports: Ports<Action, Check, World>) => Promise<Outcome>,
): Promise<Left> {
  const renderer = await rendererFor(flags.progress, flags.quiet === true)
  renderer.past(journal.records.map(({ at, event }) => ({ ...event, at })))
  const interruption = listen()
  try {
    const outcome = await work(portsFor(world, journal, taken.hold, interruption, renderer)).catch(async error => {
      // A fault of ours, or a journal that can't be written. A run that has begun waits, like any other that paused.
      await taken.giveBack((await hasBegun(journal)) ? 'waits' : 'ended')
      throw error
    })
    await taken.giveBack(outcome.run === 'paused' ? 'waits' : 'ended')
    const state = fold((await readJournal(dirname(journal.path))).map(({ event }) => event))
    if (!state) throw new Error(`the journal of the run is empty: ${journal.path}`)
    return { run: state.run, outcome, state }
  } finally {
    interruption.off()
    await renderer.close()
    await session.close()
    await journal.close()
  }
}

function portsFor(
  world: World,
  journal: JournalFile,
  hold: Hold,
  interruption: Interruption,
  renderer: Renderer,
): Ports<Action, Check, World> {
  return {
    by: whoami(),
    world,
    performers,
    checkers,
    choose,
    journal,
    clock: systemClock,
    hold,
    interruption,
    tell: event => renderer.tell(event),
    rendererFailed: error => process.emitWarning(`The display failed; the run goes on: ${because(error)}`),
  }
}

/** Agents that Mesos no longer lists are found by what the plan knows of them. */
function learnAgents(world: World, plan: DcosPlan): void {
  for (const part of plan.stages.flatMap(({ parts }) => parts)) {
    if (part.kind !== 'gate' || part.check.ask !== 'as-before') continue
    world.learn(part.check.baseline.agents.map(({ node, address }) => ({ name: node, address })))
  }
}

const driving = (session: Session, run: string) => ({
  session,
  clock: bootClock,
  run,
  who: whoami(),
  now: () => new Date(),
})

/** @throws Claimed; DcosctlError CLAIMED while a reading run, which came first, is at work. */
async function claimFor(session: Session, plan: DcosPlan, run: string): Promise<Taken> {
  const claim = await takeClaim({ ...driving(session, run), runbook: plan.runbook, cluster: plan.cluster.id })
  const [reader] = await readers(session)
  if (!reader) return claimTaken(claim)
  await claim.release()
  throw new DcosctlError('CLAIMED', {
    what: `${reader.runbook} ${reader.run} of ${reader.who.user}@${reader.who.host} reads the cluster since ${reader.since}.`,
    state: 'Nothing was changed.',
    next: ['wait until it has ended:  dcosctl status'],
  })
}

/** A ghost is the holder of a process of ours that died: its session ends by itself. */
async function resumeTaken(world: World, session: Session, run: string): Promise<Taken> {
  const ghostWithin = seconds(world.file.zookeeper.sessionTimeout) * 1500
  return claimTaken(await resumeClaim({ ...driving(session, run), ghostWithin }))
}

const adoptTaken = async (_world: World, session: Session, run: string): Promise<Taken> =>
  claimTaken(await adoptClaim(driving(session, run)))

const claimTaken = (claim: Claim): Taken => ({
  hold: claim.hold,
  async giveBack(how) {
    if (claim.hold.lost.aborted) return // Nothing is ours any more; the journal says why.
    await (how === 'ended' ? claim.release() : claim.leave())
  },
})

async function readingLock(session: Session, plan: DcosPlan, run: string): Promise<Taken> {
  const { hold, end } = await startReading({ ...driving(session, run), runbook: plan.runbook })
  return { hold, giveBack: end }
}
