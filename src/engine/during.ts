// A during: what is down between its open and its close is brought back, whatever happens in between.
import { because } from '../errors.ts'
import type { ActionData, CheckData, During } from '../plan/types.ts'
import { contextOf, type Drive } from './drive.ts'
import type { Stop } from './events.ts'
import type { StepContext } from './ports.ts'
import { inOrder } from './sequence.ts'
import { inPlan } from './state.ts'
import { lookAt, performerOf } from './step.ts'

/**
 * Done (`undefined`) or stopped. Once the open was begun the close is carried out: also when something inside stopped or threw,
 * the claim is lost, the operator left, or the journal can't be written.
 */
export async function doDuring<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  during: During<A, C>,
): Promise<Stop | undefined> {
  let stop: Stop | undefined
  try {
    stop = (await inOrder(drive, [during.open])) ?? (await inOrder(drive, during.parts))
  } catch (error) {
    await bringBackIfOpen(drive, during)
    throw error
  }
  if (!stop) return carryOut(drive, during, 'in its turn')
  const leftDown = await bringBackIfOpen(drive, during)
  return leftDown ? { ...leftDown, reason: `${leftDown.reason}. Before that: ${stop.reason}` } : stop
}

/** Carries out the close before its turn, unless nothing of the during is down. Answers with a stop if that failed. */
export async function bringBackIfOpen<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  during: During<A, C>,
): Promise<Stop | undefined> {
  if (inPlan(drive.state.durings, during.id) !== 'open') return undefined
  return carryOut(drive, during, 'before its turn')
}

async function carryOut<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  during: During<A, C>,
  when: 'in its turn' | 'before its turn',
): Promise<Stop | undefined> {
  const { id: part, title } = during.close
  if (inPlan(drive.state.steps, part).is !== 'started') await drive.tryToRecord({ event: 'step-started', part })
  let evidence: string
  try {
    evidence = await close(drive, during)
  } catch (error) {
    const reason = `${title} failed, what it should bring back may be down: ${because(error)}`
    if (!(await drive.tryToRecord({ event: 'step-failed', part, error: because(error) })))
      drive.tell({ event: 'said', part, text: reason })
    return { part, why: 'step', reason }
  }
  const written = await drive.tryToRecord(
    when === 'in its turn'
      ? { event: 'step-finished', part, found: 'absent', evidence }
      : { event: 'brought-back', part: during.id, evidence },
  )
  if (!written) drive.tell({ event: 'said', part, text: `${title}: ${evidence}; the journal could not be written` })
  return undefined
}

/**
 * Looks only when all that was begun inside is known to have ended: while some may still be under way on the node, "in place" says nothing about
 * a moment later. Whatever looking finds but "in place", it performs: bringing back is the safe direction.
 */
async function close<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  { open, parts, close }: During<A, C>,
): Promise<string> {
  const begun = [open, ...parts].flatMap(({ kind, id }) => {
    const { is, attempt } = kind === 'step' ? inPlan(drive.state.steps, id) : { is: 'not-started', attempt: 0 }
    return is === 'not-started' ? [] : [{ part: id, attempt }]
  })
  const { signal } = new AbortController() // never aborted: always carried out
  const context: StepContext = {
    ...contextOf(drive, close.id, signal),
    mustEndFirst: begun,
  }
  if (begun.every(({ part }) => inPlan(drive.state.steps, part).is === 'finished')) {
    const found = await lookAt(drive, close, signal)
    if (found && 'look' in found && found.look === 'in-place') return 'was in place'
  }
  drive.performing.add(close.id)
  try {
    return await performerOf(drive, close.action).perform(close.action, drive.ports.world, context)
  } finally {
    drive.performing.delete(close.id)
  }
}
