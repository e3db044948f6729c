// A step: looks, writes down that it begins, makes sure of the claim, performs, writes down how it ended.
import { because } from '../errors.ts'
import type { ActionData, CheckData, PartId, Step } from '../plan/types.ts'
import { contextOf, type Drive } from './drive.ts'
import { ClaimLost, InDoubt } from './errors.ts'
import type { Stop } from './events.ts'
import type { Look, Performer } from './ports.ts'
import { inPlan } from './state.ts'
import { pause, unlessAborted } from './waiting.ts'

/** How long a performer that is no longer followed has to stop following, in milliseconds. */
const timeToLetGo = 10_000

/**
 * Done (`undefined`) or stopped. Looks first, so that what is already there is neither begun nor performed; `step-started`
 * is on disk before the first effect. Between the last look at the claim, the journal and the operator, and `perform`, nothing is awaited.
 */
export async function doStep<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  step: Step<A>,
): Promise<Stop | undefined> {
  const { id: part } = step
  const before = drive.halted(part)
  if (before) return before

  const found = await lookAt(drive, step, drive.stopping)
  if (!found) return drive.halted(part)
  if ('failed' in found)
    return { part, why: 'step', reason: `${step.title}: could not see whether it is in place: ${found.failed}` }

  const { is } = inPlan(drive.state.steps, part)
  const started = is === 'started' ? [] : [{ event: 'step-started', part } as const]
  if (found.look === 'in-place') {
    await drive.record(...started, { event: 'step-finished', part, found: 'in-place', evidence: 'was in place' })
    return undefined
  }
  if (typeof found.look === 'object' && is !== 'resolved-not-done') return inDoubt(part, found.look.unclear)

  if (started.length > 0) await drive.record(...started)
  try {
    await unlessAborted(drive.ports.hold.assertHeld(), drive.stopping)
  } catch (error) {
    if (error instanceof ClaimLost) return { part, why: 'claim-lost', reason: because(error) }
    return { part, why: 'claim-lost', reason: `could not make sure of the claim: ${because(error)}` }
  }
  return drive.halted(part) ?? (await performIt(drive, step))
}

/** Looks at a step; `undefined` if the signal is aborted meanwhile. */
export async function lookAt<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  { id, action }: Step<A>,
  signal: AbortSignal,
): Promise<{ look: Look } | { failed: string } | undefined> {
  try {
    const looking = performerOf(drive, action).look(action, drive.ports.world, contextOf(drive, id, signal))
    const answer = await unlessAborted(looking, signal)
    return answer && { look: answer.got }
  } catch (error) {
    return { failed: because(error) }
  }
}

async function performIt<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  { id: part, title, action }: Step<A>,
): Promise<Stop | undefined> {
  drive.performing.add(part)
  try {
    const context = contextOf(drive, part, drive.leaving)
    const evidence = await followed(drive, performerOf(drive, action).perform(action, drive.ports.world, context))
    if (!evidence) return drive.halted(part)
    await drive.record({ event: 'step-finished', part, found: 'absent', evidence: evidence.got })
    return undefined
  } catch (error) {
    const halted = drive.halted(part)
    if (halted && drive.leaving.aborted) return halted // it was let go of, not failed: a resume looks
    if (error instanceof InDoubt) return inDoubt(part, error.message)
    await drive.record({ event: 'step-failed', part, error: because(error) })
    return { part, why: 'step', reason: `${title} failed: ${because(error)}`, ...remedyOf(error) }
  } finally {
    drive.performing.delete(part)
  }
}

/** What a performer gives. One that is no longer followed has a while to let go by itself; then it is left alone (`undefined`). */
async function followed<A extends ActionData, C extends CheckData, W, T>(
  { leaving, ports }: Drive<A, C, W>,
  performing: Promise<T>,
): Promise<{ got: T } | undefined> {
  const ended = await unlessAborted(performing, leaving)
  if (ended) return ended
  const enough = new AbortController()
  pause(ports.clock, timeToLetGo, enough.signal).then(() => enough.abort())
  try {
    return await unlessAborted(performing, enough.signal)
  } finally {
    enough.abort()
  }
}

/** The performer of an action. */
export function performerOf<A extends ActionData, C extends CheckData, W>(
  { ports }: Drive<A, C, W>,
  action: A,
): Performer<A, W> {
  const kind: A['do'] = action.do
  return ports.performers[kind]
}

function inDoubt(part: PartId, reason: string): Stop {
  return {
    part,
    why: 'in-doubt',
    reason,
    remedy: `dcosctl run resolve ${part} --as done|not-done --reason …`,
  }
}

/** What an error of the layers below says is to be done about it. */
function remedyOf(error: unknown): { readonly remedy?: string } {
  const remedy = error instanceof Error && 'remedy' in error ? error.remedy : undefined
  return typeof remedy === 'string' ? { remedy } : {}
}
