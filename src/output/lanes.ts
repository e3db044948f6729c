// The row of a rolling: counts, and below it a row per lane under way or stopped, as many as there is room for. Pure.
import { inPlan, type LaneState, type RollingState } from '../engine/state.ts'
import type { ActionData, CheckData, Lane, LanePart, NodeName, PartId, Rolling } from '../plan/types.ts'
import { sayClock, sayRoughly } from './durations.ts'
import { isRunning, type Mark, type Row, stopOf, whereItStands } from './marks.ts'
import { beside } from './titles.ts'
import type { Watch } from './watch.ts'

type AnyRolling = Rolling<ActionData, CheckData>
type AnyLane = Lane<ActionData, CheckData>

export function rollingRow(
  rolling: AnyRolling,
  mark: Mark,
  watch: Watch,
  { lines, now }: { readonly lines: number; readonly now: number },
): Row {
  const state = inPlan(watch.state.rollings, rolling.id)
  const text = [`${rolling.title}: ${counts(rolling, state, watch)}`]
  if (mark === 'done' || mark === 'not-begun') return { mark, lines: text, rows: [] }

  const waits = watch.sights.get(rolling.id)
  if (waits && isRunning(watch.state)) text.push(`${waits.text} (${sayRoughly((now - waits.at) / 1000)})`)
  const stop = stopOf(watch.state)
  if (stop?.part === rolling.id && stop.why === 'gate') text.push(stop.reason)
  return { mark, lines: text, rows: laneRows(rolling, state, watch, lines, now) }
}

function counts({ lanes }: AnyRolling, state: RollingState, { state: { held, status } }: Watch): string {
  const of = { waiting: 0, 'under-way': 0, finished: 0, stopped: 0 }
  let onHold = 0
  for (const [node, { is }] of state.lanes) {
    of[is]++
    if (is === 'waiting' && held.has(node)) onHold++
  }
  const running = status.is === 'running'
  const said = [`${of.finished} of ${lanes.length} done`]
  if (of['under-way'] > 0) said.push(`${of['under-way']} ${running ? 'under way' : 'begun'}`)
  if (of.stopped > 0) said.push(`${of.stopped} stopped`)
  if (onHold > 0) said.push(`${onHold} held`)
  if (!running && of.waiting > onHold) said.push(`${of.waiting - onHold} not begun`)
  return said.join(', ')
}

/** Stopped lanes first: they are few, and need eyes. What there is no room for is counted. */
function laneRows(rolling: AnyRolling, state: RollingState, watch: Watch, lines: number, now: number): readonly Row[] {
  const stopped: AnyLane[] = []
  const underWay: AnyLane[] = []
  for (const lane of rolling.lanes) {
    const { is } = inPlan(state.lanes, lane.node)
    if (is === 'stopped') stopped.push(lane)
    else if (is === 'under-way') underWay.push(lane)
  }
  const roomy = (stopped.length + underWay.length) * 3 <= lines
  const forStopped = Math.min(stopped.length, underWay.length === 0 ? lines : Math.max(1, Math.floor(lines / 2)))
  const width = nameWidth([...stopped, ...underWay])
  const row = (lane: AnyLane): Row =>
    laneRow(lane, inPlan(state.lanes, lane.node), rolling.id, watch, now, { roomy, width })
  return [
    ...upTo(forStopped, stopped, row, more => `${more} more stopped`, 'stopped'),
    ...upTo(lines - forStopped, underWay, row, more => `${more} more under way`, 'under-way'),
  ]
}

/** So many rows; if there are more lanes, the last row says how many. */
function upTo(
  most: number,
  lanes: readonly AnyLane[],
  row: (lane: AnyLane) => Row,
  sayMore: (amount: number) => string,
  mark: Mark,
): readonly Row[] {
  if (lanes.length <= most) return lanes.map(row)
  const shown = lanes.slice(0, Math.max(0, most - 1))
  return [...shown.map(row), { mark, lines: [sayMore(lanes.length - shown.length)], rows: [] }]
}

interface LaneSpace {
  /** Whether there is room for what was seen and why the lane was chosen on lines of their own. */
  readonly roomy: boolean
  /** Of the column of names. */
  readonly width: number
}

function laneRow(
  { node, parts }: AnyLane,
  lane: LaneState,
  rolling: PartId,
  watch: Watch,
  now: number,
  { roomy, width }: LaneSpace,
): Row {
  const name = node.padEnd(width)
  if (lane.is === 'stopped') return { mark: 'stopped', lines: [`${name}  ${beside(node, lane.stop.reason)}`], rows: [] }
  const because = lane.is === 'under-way' ? lane.because : ''
  const mark = isRunning(watch.state) ? 'under-way' : 'stands'
  const at = partUnderWay(parts, watch.at.get(rolling)?.get(node), watch)
  if (!at) return { mark, lines: [`${name}  begins: ${because}`], rows: [] }

  const title = watch.titles.get(at.id)?.title ?? at.title
  if (mark === 'stands') return { mark, lines: [`${name}  ${whereItStands(at.id, title, watch.state)}`], rows: [] }

  const clocked = `${name}  ${title}${sayClock(at.id, watch, now)}`
  const sight = watch.sights.get(at.id)
  const seen = sight ? beside(node, sight.text) : undefined
  if (!roomy) return { mark, lines: [seen === undefined ? clocked : `${clocked}: ${seen}`], rows: [] }
  return { mark, lines: [clocked, ...(seen === undefined ? [] : [seen]), `chosen: ${because}`], rows: [] }
}

/** The part last heard of, or if that is done the one after it. */
function partUnderWay(
  parts: AnyLane['parts'],
  lastHeard: PartId | undefined,
  watch: Watch,
): { readonly id: PartId; readonly title: string } | undefined {
  if (lastHeard === undefined) return undefined
  const all = parts.flatMap(inner)
  const heard = all.findIndex(({ id }) => id === lastHeard)
  return all.slice(heard).find(({ id }) => !isDone(id, watch)) ?? all[heard]
}

const inner = (part: LanePart<ActionData, CheckData>) =>
  part.kind === 'during' ? [part.open, ...part.parts, part.close] : [part]

const isDone = (id: PartId, { state, sights }: Watch): boolean =>
  state.steps.get(id)?.is === 'finished' || (state.gates.get(id)?.is === 'passed' && !sights.has(id))

const nameWidth = (lanes: readonly { readonly node: NodeName }[]): number =>
  lanes.reduce((widest, { node }) => Math.max(widest, Math.min(node.length, 24)), 0)
