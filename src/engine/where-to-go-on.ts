// From which part a run goes on, and with it which gates are asked again. Pure; a run that begins is one that goes on from nothing.
//
// A gate in front of a finished step, or of one that is still under way on its node, has served. A gate after the last
// finished step states what stays true and is asked again. A step that was intended but never began counts as not begun:
// hours may have passed, so what stood in front of it is asked again.
import type { ActionData, CheckData, Gate, LanePart, Part, PartId, Plan, Stage } from '../plan/types.ts'
import { visitParts } from './plan-parts.ts'
import { inPlan, type RunState } from './state.ts'

export interface Standing<A extends ActionData, C extends CheckData> {
  readonly state: RunState<A, C>
  /** Steps that an earlier driver began and that were found under way or in place. */
  readonly underWay: ReadonlySet<PartId>
}

type AnyPart<A extends ActionData, C extends CheckData> = Part<A, C> | LanePart<A, C>

/** Whether nothing of this part is left to do. */
function isFinished<A extends ActionData, C extends CheckData>(
  part: Exclude<AnyPart<A, C>, Gate<C>>,
  { state }: Standing<A, C>,
): boolean {
  switch (part.kind) {
    case 'step':
      return inPlan(state.steps, part.id).is === 'finished'
    case 'during':
      return inPlan(state.durings, part.id) === 'finished'
    case 'rolling':
      return inPlan(state.rollings, part.id).finished === part.lanes.length
  }
}

/** The parts of a sequence that are left, its gates that are to be asked again included. */
export function partsLeft<A extends ActionData, C extends CheckData, P extends AnyPart<A, C>>(
  parts: readonly P[],
  standing: Standing<A, C>,
): readonly P[] {
  const unfinished = parts.findIndex(part => part.kind !== 'gate' && !isFinished<A, C>(part, standing))
  const next = unfinished === -1 ? parts.length : unfinished
  const goesOn = parts[next]
  if (goesOn?.kind === 'step' && standing.underWay.has(goesOn.id)) return parts.slice(next)
  return parts.slice(parts.slice(0, next).findLastIndex(({ kind }) => kind !== 'gate') + 1)
}

/** The first stage with something to do or to ask. Finished stages are not asked again, except for gates after the last finished step. */
export function firstStage<A extends ActionData, C extends CheckData>(
  { stages }: Plan<A, C>,
  standing: Standing<A, C>,
): number {
  const unfinished = stages.findIndex(({ parts }) =>
    parts.some(part => part.kind !== 'gate' && !isFinished<A, C>(part, standing)),
  )
  const current = unfinished === -1 ? stages.length : unfinished
  const stage = stages[current]
  if (stage && somethingDone(stage, standing)) return current
  return Math.max(
    0,
    stages.slice(0, current).findLastIndex(({ parts }) => parts.some(({ kind }) => kind !== 'gate')),
  )
}

function somethingDone<A extends ActionData, C extends CheckData>(
  { parts }: Stage<A, C>,
  { state, underWay }: Standing<A, C>,
): boolean {
  let done = false
  visitParts(parts, {
    step: ({ id }) => {
      done ||= underWay.has(id) || inPlan(state.steps, id).is === 'finished'
    },
  })
  return done
}
