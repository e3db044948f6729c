// How each part of a run stands, as its row on the screen shows it. Pure.
import { inPlan, type RunState } from '../engine/state.ts'
import type { ActionData, CheckData, LanePart, Part, PartId, Stage } from '../plan/types.ts'
import type { Watch } from './watch.ts'

/** `stands`: begun, and left as it is by a run that does not go on. */
export type Mark = 'not-begun' | 'under-way' | 'done' | 'stopped' | 'stands'

export interface Row {
  readonly mark: Mark
  /** The first one stands beside the mark, the others are about it. */
  readonly lines: readonly string[]
  readonly rows: readonly Row[]
}

type AnyPart = Part<ActionData, CheckData> | LanePart<ActionData, CheckData>

export const isRunning = ({ status }: RunState): boolean => status.is === 'running'

/** The stop of a run that waits or ended for it. */
export const stopOf = ({ status }: RunState) =>
  status.is === 'paused' || status.is === 'failed' ? status.stop : undefined

/** How a part stands by itself; that it is its turn is known only to the sequence it is in (`marksOf`). */
function markOf(part: AnyPart, watch: Watch): Mark {
  const { state } = watch
  const begun: Mark = isRunning(state) ? 'under-way' : 'stands'
  const stop = stopOf(state)
  const stoodHere = stop?.part === part.id
  switch (part.kind) {
    case 'step': {
      const { is } = inPlan(state.steps, part.id)
      if (is === 'finished') return 'done'
      if (is === 'failed' || is === 'in-doubt') return 'stopped'
      return is === 'started' || stoodHere ? begun : 'not-begun'
    }
    case 'gate': {
      const { is } = inPlan(state.gates, part.id)
      if (stoodHere && stop.why === 'gate') return 'stopped'
      if (is === 'unwell' || watch.sights.has(part.id) || stoodHere) return begun
      return is === 'passed' ? 'done' : 'not-begun'
    }
    case 'during': {
      if (inPlan(state.durings, part.id) === 'finished') return 'done'
      return together(marksOf([part.open, ...part.parts, part.close], watch, false), begun)
    }
    case 'rolling': {
      const { finished, lanes } = inPlan(state.rollings, part.id)
      if (finished === part.lanes.length) return 'done'
      const some = (is: string): boolean => [...lanes.values()].some(lane => lane.is === is)
      if (!isRunning(state) && (some('stopped') || (stoodHere && stop.why === 'gate'))) return 'stopped'
      return finished > 0 || stoodHere || some('under-way') || some('stopped') ? begun : 'not-begun'
    }
  }
}

/** Of parts done one after the other. If it is their turn, the first one that is not done is under way. */
export function marksOf(parts: readonly AnyPart[], watch: Watch, turn: boolean): readonly Mark[] {
  const marks = parts.map(part => markOf(part, watch))
  const current = turn && isRunning(watch.state) ? marks.findIndex(mark => mark !== 'done') : -1
  return marks.map((mark, index) => (index === current ? 'under-way' : mark))
}

/** Of each stage; the first one that is not done has its turn. */
export function stageMarks(stages: readonly Stage<ActionData, CheckData>[], watch: Watch): readonly Mark[] {
  const running = isRunning(watch.state)
  const marks = stages.map(({ parts }) => together(marksOf(parts, watch, false), running ? 'under-way' : 'stands'))
  const current = running ? marks.findIndex(mark => mark !== 'done') : -1
  return marks.map((mark, index) => (index === current ? 'under-way' : mark))
}

function together(marks: readonly Mark[], begun: Mark): Mark {
  if (marks.every(mark => mark === 'done')) return 'done'
  for (const mark of ['stopped', 'under-way', 'stands'] as const) if (marks.includes(mark)) return mark
  return marks.includes('done') ? begun : 'not-begun'
}

/** Of a part that was left by a run that does not go on. */
export const whereItStands = (id: PartId, title: string, { steps }: RunState): string =>
  steps.get(id)?.is === 'started' ? `${title} (begun; its end was not awaited)` : `next: ${title}`
