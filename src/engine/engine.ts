// Runs a plan: from its start, from where it stopped, or only back to nothing being down.
import type { ActionData, CheckData, During, Part, Plan, Step } from '../plan/types.ts'
import { type Drive, takeTheWheel } from './drive.ts'
import { bringBackIfOpen } from './during.ts'
import { Refused } from './errors.ts'
import type { Outcome, Stop } from './events.ts'
import { ambiguousIds, visitPlan } from './plan-parts.ts'
import type { Ports } from './ports.ts'
import { roll } from './rolling.ts'
import { doPart } from './sequence.ts'
import { begun, inPlan, type RunState } from './state.ts'
import { lookAt } from './step.ts'
import { firstStage, partsLeft } from './where-to-go-on.ts'

/**
 * Runs a plan from its start. `run-started` is on disk before anything is asked or done.
 * Throws `Refused` for a plan it can't run, `JournalUnwritable`, and faults of its own; what was down is brought back first.
 */
export async function execute<A extends ActionData, C extends CheckData, W>(
  plan: Plan<A, C>,
  run: string,
  ports: Ports<A, C, W>,
): Promise<Outcome> {
  refuseUnknown(plan, ports)
  const started = { event: 'run-started', run, plan, by: driver(ports) } as const
  const drive = takeTheWheel(begun(started), ports)
  await drive.record(started)
  return listeningForStops(drive, () => goThrough(drive))
}

/**
 * Goes on with a run: first brings back what is down, then looks which steps are still under way, then does what is left.
 * `state` is what its journal folds to. Throws as `execute`.
 */
export async function resume<A extends ActionData, C extends CheckData, W>(
  state: RunState,
  ports: Ports<A, C, W>,
): Promise<Outcome> {
  const drive = takeTheWheel(known(state, ports), ports)
  await drive.tryToRecord({ event: 'run-resumed', by: driver(ports) })
  return listeningForStops(drive, async () => {
    const leftDown = await bringBackAll(drive)
    if (leftDown) return end(drive, leftDown)
    await findUnderWay(drive)
    return goThrough(drive)
  })
}

/**
 * Brings back what is down and ends the run for good. If something can't be brought back the run stays paused and says so.
 * Steps still under way on their nodes go on by themselves.
 */
export async function abandon<A extends ActionData, C extends CheckData, W>(
  state: RunState,
  ports: Ports<A, C, W>,
  by: string,
  reason: string,
): Promise<Outcome> {
  const drive = takeTheWheel(known(state, ports), ports)
  const leftDown = await bringBackAll(drive)
  if (leftDown) return end(drive, leftDown)
  await drive.record({ event: 'run-abandoned', by, reason })
  return { run: 'abandoned' }
}

function driver<A extends ActionData, C extends CheckData, W>({ by, hold }: Ports<A, C, W>) {
  return { ...by, token: hold.token }
}

/** Does and asks what is left, stage by stage, and ends the run as it went. */
async function goThrough<A extends ActionData, C extends CheckData, W>(drive: Drive<A, C, W>): Promise<Outcome> {
  const { plan } = drive.state
  for (const stage of plan.stages.slice(firstStage(plan, drive)))
    for (const part of partsLeft(stage.parts, drive)) {
      const stop = await doStagePart(drive, part)
      if (stop) return end(drive, stop)
    }
  await drive.record({ event: 'run-finished' })
  return { run: 'finished' }
}

function doStagePart<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  part: Part<A, C>,
): Promise<Stop | undefined> {
  return part.kind === 'rolling' ? roll(drive, part) : doPart(drive, part)
}

async function end<A extends ActionData, C extends CheckData, W>(drive: Drive<A, C, W>, stop: Stop): Promise<Outcome> {
  if (drive.state.plan.onFailure === 'pause') {
    await drive.record({ event: 'run-paused', stop })
    return { run: 'paused', stop }
  }
  await drive.record({ event: 'run-failed', stop })
  return { run: 'failed', stop }
}

/** Brings back everything that is down; tries all, answers with the first that failed. */
async function bringBackAll<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
): Promise<Stop | undefined> {
  const durings: During<A, C>[] = []
  visitPlan(drive.state.plan, { during: during => durings.push(during) })
  const leftDown = await Promise.all(durings.map(during => bringBackIfOpen(drive, during)))
  return leftDown.find(stop => stop !== undefined)
}

/**
 * Looks at each step that an earlier driver began: one that is still under way, in place, or can't be judged now, has been begun,
 * so that the gates in front of it have served. One that is absent never began.
 */
async function findUnderWay<A extends ActionData, C extends CheckData, W>(drive: Drive<A, C, W>): Promise<void> {
  const begunSteps: Step<A>[] = []
  visitPlan(drive.state.plan, {
    step: step => {
      const { is } = inPlan(drive.state.steps, step.id)
      if (is === 'started' || is === 'in-doubt') begunSteps.push(step)
    },
  })
  await Promise.all(
    begunSteps.map(async step => {
      const found = await lookAt(drive, step, drive.stopping)
      if (!found || !('look' in found) || found.look !== 'absent') drive.underWay.add(step.id)
    }),
  )
}

/** Says what a stop waits for while the engine works. */
async function listeningForStops<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const { stop, detach } = drive.ports.interruption
  const sayWhatIsAwaited = (): void => {
    const awaited = [...drive.performing]
    const text =
      awaited.length === 0
        ? 'Stopping now.'
        : `Stopping; ${awaited.join(', ')} is under way and awaited. Once more, and it is left to finish by itself.`
    drive.tell({ event: 'stopping', text })
  }
  const sayLeaving = (): void =>
    drive.tell({
      event: 'stopping',
      text: 'Leaving; what is under way on the nodes finishes by itself, only what is down on purpose is brought back first.',
    })
  stop.addEventListener('abort', sayWhatIsAwaited)
  detach.addEventListener('abort', sayLeaving)
  try {
    return await work()
  } finally {
    stop.removeEventListener('abort', sayWhatIsAwaited)
    detach.removeEventListener('abort', sayLeaving)
  }
}

function refuseUnknown<A extends ActionData, C extends CheckData, W>(
  plan: Plan<ActionData, CheckData>,
  { performers, checkers }: Ports<A, C, W>,
): asserts plan is Plan<A, C> {
  const unknown = new Set<string>()
  visitPlan(plan, {
    step: ({ action }) => Object.hasOwn(performers, action.do) || unknown.add(`action ${action.do}`),
    gate: ({ check }) => Object.hasOwn(checkers, check.ask) || unknown.add(`check ${check.ask}`),
  })
  if (unknown.size > 0)
    throw new Refused(`The plan holds what this dcosctl does not know: ${[...unknown].join(', ')}.`, [
      'use the dcosctl that made the plan',
    ])
  const closed: string[] = []
  visitPlan(plan, { rolling: ({ id, atMost }) => atMost >= 1 || closed.push(id) })
  if (closed.length > 0) throw new Refused(`The plan lets no lane of ${closed.join(', ')} begin: at most 0 at once.`)
  const twice = ambiguousIds(plan)
  if (twice.length > 0) throw new Refused(`The plan names several parts the same: ${twice.join(', ')}.`)
}

/** The state of a run that this dcosctl knows how to go on with. */
function known<A extends ActionData, C extends CheckData, W>(state: RunState, ports: Ports<A, C, W>): RunState<A, C> {
  const { plan, status, run } = state
  refuseUnknown<A, C, W>(plan, ports)
  if (status.is === 'finished' || status.is === 'abandoned' || status.is === 'failed')
    throw new Refused(`Run ${run} is ${status.is}; there is nothing to go on with.`, ['dcosctl run list'])
  return { ...state, plan }
}
