// Which lane is next: asks the chooser, waits as long as it says "wait", and loses patience only while nothing is under way.
import { because } from '../errors.ts'
import type { ActionData, CheckData, NodeName, Rolling } from '../plan/types.ts'
import type { Drive } from './drive.ts'
import type { Stop } from './events.ts'
import type { Going } from './lane.ts'
import type { Choice } from './ports.ts'
import { patient, pause, unlessAborted } from './waiting.ts'

/**
 * A lane to start, or a stop when patience is spent, or neither: a lane ended meanwhile or nothing new may begin, so that the
 * caller has to think again.
 */
export async function nextLane<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  rolling: Rolling<A, C>,
  waiting: readonly NodeName[],
  going: Going,
): Promise<{ start: NodeName; because: string } | { stop: Stop } | { thinkAgain: true }> {
  const { ports, stopping } = drive
  const patience = patient(rolling.patience, ports.clock, stopping)
  let lastSaid: string | undefined

  for (;;) {
    const underWay = [...going.underWay]
    const choice = await patience.ask(() => choose(drive, rolling, waiting, underWay)).catch(notChosen)
    if (!choice || drive.stopping.aborted) return { thinkAgain: true }
    const { got } = choice
    if ('start' in got) return got

    if (got.wait !== lastSaid) drive.tell({ event: 'waiting', part: rolling.id, text: got.wait })
    lastSaid = got.wait
    if (underWay.length > 0) {
      const ended = new AbortController()
      await unlessAborted(Promise.race([going.laneEnded.promise, pauseFor(drive, rolling, ended.signal)]), stopping)
      ended.abort()
      return { thinkAgain: true }
    }
    if (patience.isSpent()) return { stop: { part: rolling.id, why: 'gate', reason: unchosen(rolling, got.wait) } }
    await patience.wait()
  }
}

async function choose<A extends ActionData, C extends CheckData, W>(
  { ports }: Drive<A, C, W>,
  rolling: Rolling<A, C>,
  waiting: readonly NodeName[],
  underWay: readonly NodeName[],
): Promise<Choice> {
  const choice = await ports.choose(rolling, { waiting, underWay }, ports.world)
  if ('start' in choice && !waiting.includes(choice.start))
    return { wait: `${choice.start} was chosen, but it does not wait for its turn` }
  return choice
}

function notChosen(error: unknown): { got: Choice } {
  return { got: { wait: `the next node can't be chosen: ${because(error)}` } }
}

function pauseFor<A extends ActionData, C extends CheckData, W>(
  { ports }: Drive<A, C, W>,
  { patience }: Rolling<A, C>,
  signal: AbortSignal,
): Promise<void> {
  return pause(ports.clock, Math.max(patience.every, 1) * 1000, signal)
}

function unchosen({ title, patience }: Rolling<ActionData, CheckData>, reason: string): string {
  return `${title}: no node may go next: ${reason}${patience.within === 0 ? '' : ` (waited ${patience.within} s)`}`
}
