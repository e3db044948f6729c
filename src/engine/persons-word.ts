// What a person may say to a paused run, as events for its journal; refused where it would say nothing. Pure.
import type { NodeName, PartId } from '../plan/types.ts'
import { Refused } from './errors.ts'
import type { RunEvent } from './events.ts'
import type { RunState } from './state.ts'

/** `run resume --override GATE`: the gate passes once, when its turn comes. Throws `Refused`. */
export function override(state: RunState, gate: PartId, by: string, reason: string): RunEvent {
  mustGoOn(state)
  if (!state.gates.has(gate)) throw new Refused(`${gate} is no gate of run ${state.run}.`, gatesAtHand(state))
  return { event: 'overridden', part: gate, by, reason: mustSay(reason) }
}

/** `run resolve PART --as done|not-done`: what became of a step that was begun. Throws `Refused`. */
export function resolve(state: RunState, step: PartId, as: 'done' | 'not-done', by: string, reason: string): RunEvent {
  mustGoOn(state)
  const stands = state.steps.get(step)
  if (!stands) throw new Refused(`${step} is no step of run ${state.run}.`, ['dcosctl run show'])
  if (stands.is === 'finished')
    throw new Refused(`${step} is finished (${stands.evidence}); there is nothing to resolve.`)
  if (stands.is === 'not-started') throw new Refused(`${step} was not begun; \`run resume\` will look at it.`)
  return { event: 'resolved', part: step, as, by, reason: mustSay(reason) }
}

/** `run hold NODE`: its lane is not begun until it is released. Throws `Refused`. */
export function hold(state: RunState, node: NodeName, by: string, reason: string): RunEvent {
  mustGoOn(state)
  if (!hasLane(state, node)) throw new Refused(`${node} has no lane in run ${state.run}.`, ['dcosctl run show'])
  return { event: 'held', node, by, reason: mustSay(reason) }
}

/** Takes a hold back. Throws `Refused`. */
export function release(state: RunState, node: NodeName, by: string): RunEvent {
  mustGoOn(state)
  if (!state.held.has(node)) throw new Refused(`${node} is not held in run ${state.run}.`)
  return { event: 'released', node, by }
}

function mustGoOn({ run, status }: RunState): void {
  if (status.is !== 'running' && status.is !== 'paused')
    throw new Refused(`Run ${run} is ${status.is}; nothing more can be said to it.`, ['dcosctl run list'])
}

function mustSay(reason: string): string {
  const said = reason.trim()
  if (said === '') throw new Refused('A reason is missing; it goes into the journal.', ['--reason "why"'])
  return said
}

function hasLane({ rollings }: RunState, node: NodeName): boolean {
  return [...rollings.values()].some(({ lanes }) => lanes.has(node))
}

function gatesAtHand({ gates }: RunState): string[] {
  return [...gates].flatMap(([id, { is }]) => (is === 'unwell' ? [`--override ${id}`] : []))
}
