// What the screen of a run shows, as rows in rows. Pure: drawn by listr2 in `screen.ts`.
import type { Stop } from '../engine/events.ts'
import { inPlan } from '../engine/state.ts'
import type { ActionData, CheckData, LanePart, Part, PartId } from '../plan/types.ts'
import { sayClock, sayRoughly } from './durations.ts'
import { rollingRow } from './lanes.ts'
import { isRunning, type Mark, marksOf, type Row, stageMarks, stopOf, whereItStands } from './marks.ts'
import { titleAnd } from './titles.ts'
import type { Watch } from './watch.ts'

export interface Picture {
  readonly head: readonly string[]
  readonly rows: readonly Row[]
  readonly foot: readonly string[]
}

/** Lanes never take more lines than this, however high the terminal. */
const mostLaneLines = 20

/** `height`: the lines there are; `now`: milliseconds since 1970. */
export function picture(watch: Watch, height: number, now: number): Picture {
  const { state, begunAt } = watch
  const marks = stageMarks(state.plan.stages, watch)
  const lasted = sayRoughly((now - begunAt) / 1000)
  const head = [state.plan.title, isRunning(state) ? `run ${state.run}, begun ${lasted} ago` : `run ${state.run}`]
  const foot = footOf(watch, lasted)

  const shown = state.plan.stages.map(({ parts }, index) => {
    const mark = marks[index] ?? 'not-begun'
    return mark === 'done' || mark === 'not-begun' ? [] : parts
  })
  const details = 3 // what is seen of the part under way, what a rolling waits for, and a foot of two lines
  const others = head.length + foot.length + marks.length + shown.flat().length + details
  const lines = Math.min(mostLaneLines, Math.max(2, height - others - 1))

  const rows = state.plan.stages.map(({ title }, index): Row => {
    const mark = marks[index] ?? 'not-begun'
    const parts = shown[index] ?? []
    const turn = mark === 'under-way'
    return {
      mark,
      lines: [mark === 'not-begun' && !isRunning(state) ? `${title} (not begun)` : title],
      rows: partRows(parts, watch, { turn, lines, now }),
    }
  })
  return { head, rows, foot }
}

interface Room {
  /** Whether it is the turn of these parts. */
  readonly turn: boolean
  /** What lanes may take. */
  readonly lines: number
  readonly now: number
}

type AnyPart = Part<ActionData, CheckData> | LanePart<ActionData, CheckData>

function partRows(parts: readonly AnyPart[], watch: Watch, room: Room): readonly Row[] {
  const marks = marksOf(parts, watch, room.turn)
  return parts.map((part, index) => partRow(part, marks[index] ?? 'not-begun', watch, room))
}

function partRow(part: AnyPart, mark: Mark, watch: Watch, room: Room): Row {
  switch (part.kind) {
    case 'rolling':
      return rollingRow(part, mark, watch, room)
    case 'during':
      return duringRow(part, mark, watch, room)
    case 'step':
      return { mark, lines: stepLines(part.id, part.title, mark, watch, room.now), rows: [] }
    case 'gate':
      return { mark, lines: gateLines(part.id, part.title, mark, watch, room.now), rows: [] }
  }
}

function duringRow(
  { title, open, parts, close }: Extract<LanePart<ActionData, CheckData>, { kind: 'during' }>,
  mark: Mark,
  watch: Watch,
  room: Room,
): Row {
  const shown = mark === 'done' || mark === 'not-begun' ? [] : [open, ...parts, close]
  return { mark, lines: [title], rows: partRows(shown, watch, { ...room, turn: mark === 'under-way' }) }
}

function stepLines(id: PartId, title: string, mark: Mark, watch: Watch, now: number): readonly string[] {
  const step = inPlan(watch.state.steps, id)
  if (step.is === 'finished') return [titleAnd(title, step.evidence)]
  if (mark === 'stopped' && step.is === 'failed') return [`${title} failed`, step.error]
  if (mark === 'stopped' && step.is === 'in-doubt') return [title, step.reason]
  return linesUnderWay(id, title, mark, watch, now)
}

function gateLines(id: PartId, title: string, mark: Mark, watch: Watch, now: number): readonly string[] {
  const gate = inPlan(watch.state.gates, id)
  if (mark === 'done' && gate.verdict) return [titleAnd(title, gate.verdict.saw)]
  const stop = stopOf(watch.state)
  if (mark === 'stopped' && stop?.part === id) return [title, ...sawAndWanted(gate.verdict)]
  return linesUnderWay(id, title, mark, watch, now)
}

function linesUnderWay(id: PartId, title: string, mark: Mark, watch: Watch, now: number): readonly string[] {
  if (mark === 'stands') return [whereItStands(id, title, watch.state)]
  if (mark !== 'under-way') return [title]
  return [`${title}${sayClock(id, watch, now)}`, ...sightOf(id, watch)]
}

const sawAndWanted = (verdict: { readonly saw: string; readonly wanted: string } | undefined): readonly string[] =>
  verdict ? [`${verdict.saw} (wanted: ${verdict.wanted})`] : []

const sightOf = (id: PartId, { sights }: Watch): readonly string[] => {
  const sight = sights.get(id)
  return sight ? [sight.text] : []
}

/** Whether the row of its part says why. */
const isShown = ({ why }: Stop): boolean => why === 'gate' || why === 'step' || why === 'in-doubt'

/** What a person has to know beside the rows: that it stops, or how it ended. */
function footOf({ state, stopping }: Watch, lasted: string): readonly string[] {
  const { status } = state
  switch (status.is) {
    case 'running':
      return stopping === undefined ? [] : [stopping]
    case 'paused':
      return [`Paused, ${lasted} after it began${isShown(status.stop) ? '' : `: ${status.stop.reason}`}`]
    case 'failed':
      return [`Ended without its result${isShown(status.stop) ? '' : `: ${status.stop.reason}`}`]
    case 'finished':
      return [`Finished, ${lasted} after it began`]
    case 'abandoned':
      return [`Abandoned by ${status.by}: ${status.reason}`]
  }
}
