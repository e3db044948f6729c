// How runs are shown: a table of them, one of them part by part, and the end of the one that was just driven.
import { sayDuration } from '../config/duration.ts'
import type { ListedRun } from '../engine/runs.ts'
import type { RunState } from '../engine/state.ts'
import type { DcosctlError } from '../errors.ts'
import type { ActionData, CheckData, LanePart, Part } from '../plan/types.ts'
import { textColumns, wrap } from '../plan/wrap.ts'
import { paint } from './colours.ts'
import type { Left } from './drive.ts'
import type { KnownRun } from './known-run.ts'
import { endingOf } from './run-ending.ts'
import { sayDataInPlace } from './swap-ending.ts'
import { table } from './table.ts'

interface RunRow {
  readonly run: string
  readonly status: string
  readonly title: string
  readonly lastAt: string | undefined
}

export const runRows = (runs: readonly ListedRun[]): readonly RunRow[] =>
  runs.map(listed => {
    if ('neverBegan' in listed) return { run: listed.run, status: 'never began', title: '', lastAt: undefined }
    if ('unreadable' in listed)
      return { run: listed.run, status: 'unreadable', title: listed.because, lastAt: undefined }
    const { status, plan } = listed.state
    const why = status.is === 'paused' || status.is === 'failed' ? ` ${status.stop.reason}` : ''
    return { run: listed.run, status: status.is, title: `${plan.title}.${why}`, lastAt: listed.lastAt }
  })

export function runTable(runs: readonly RunRow[], colours: boolean): string {
  const rows = runs.map(({ run, status, title }) => [
    run,
    status === 'finished' ? paint.green(status, colours) : status === 'paused' ? paint.red(status, colours) : status,
    title,
  ])
  return table(['run', 'status', 'what'], rows, [23, 11], colours)
}

/** The answer of a run that has ended, and the ending to tell where it has not finished. */
export function reportRun(left: Left): {
  readonly text: string
  readonly json: object
  readonly ending: DcosctlError | undefined
} {
  const { run, outcome, state } = left
  const ending = endingOf(left)
  const data = sayDataInPlace(state)
  const prose = [`${state.plan.title}: ${outcome.run}. Run ${run}.`, ...(data?.split('\n') ?? [])]
  const text = ending ? '' : prose.flatMap(line => wrap(line, textColumns)).join('\n')
  const stop = 'stop' in outcome ? { stop: outcome.stop } : {}
  return { text, json: { run, status: outcome.run, ...stop }, ending }
}

export function runJson({ run, state, startedAt, lastAt }: KnownRun): object {
  return {
    run,
    startedAt,
    lastAt,
    status: state.status,
    drivers: state.drivers,
    steps: Object.fromEntries(state.steps),
    gates: Object.fromEntries(state.gates),
    rollings: Object.fromEntries(
      [...state.rollings].map(([id, { lanes, choices }]) => [id, { lanes: Object.fromEntries(lanes), choices }]),
    ),
    plan: state.plan,
  }
}

export function runText({ run, state, startedAt, lastAt }: KnownRun): string {
  const took = (Date.parse(lastAt) - Date.parse(startedAt)) / 1000
  const last = state.drivers.at(-1)
  const lines = [
    state.plan.title,
    `Run ${run}, ${state.status.is}; began ${startedAt}, ${sayDuration(took)} until its last word`,
    `Driven by ${last?.user} on ${last?.host}${state.drivers.length > 1 ? `, resumed ${state.drivers.length - 1} times` : ''}`,
  ]
  if (state.status.is === 'paused' || state.status.is === 'failed')
    lines.push(`Stopped at ${state.status.stop.part}: ${state.status.stop.reason}`)
  for (const stage of state.plan.stages) {
    lines.push('', stage.title, ...stage.parts.flatMap(part => partLines(part, state)))
  }
  return lines.join('\n')
}

function partLines(part: Part<ActionData, CheckData>, state: RunState): readonly string[] {
  if (part.kind !== 'rolling') return lanePartLines(part, state, '  ')
  const rolling = state.rollings.get(part.id)
  return part.lanes.flatMap(({ node, parts }) => {
    const lane = rolling?.lanes.get(node)
    const because = lane && lane.is !== 'waiting' ? ` (chosen because ${lane.because})` : ''
    const inner =
      lane?.is === 'stopped' || lane?.is === 'under-way'
        ? parts.flatMap(each => lanePartLines(each, state, '      '))
        : []
    return [`  ${mark(lane?.is ?? 'waiting')} ${node}${because}`, ...inner]
  })
}

function lanePartLines(part: LanePart<ActionData, CheckData>, state: RunState, indent: string): readonly string[] {
  if (part.kind === 'during') {
    return [part.open, ...part.parts, part.close].flatMap(inner => lanePartLines(inner, state, `${indent}  `))
  }
  const is = (part.kind === 'step' ? state.steps : state.gates).get(part.id)?.is ?? 'not-started'
  return [`${indent}${mark(is)} ${part.id}: ${part.title}`]
}

const mark = (is: string): string =>
  ({
    finished: '+',
    passed: '+',
    started: '>',
    'under-way': '>',
    stopped: '!',
    failed: '!',
    'in-doubt': '?',
    unwell: '!',
  })[is] ?? '.'
