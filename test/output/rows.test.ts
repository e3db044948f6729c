// What the rows of a screen say of parts that are rarer than a step that works.
import { expect, test } from 'vitest'
import type { Progress, RunEvent } from '../../src/engine/events.ts'
import type { Row } from '../../src/output/marks.ts'
import { picture } from '../../src/output/rows.ts'
import { watch } from '../../src/output/watch.ts'
import { note, plan, rolling, serves, stage, upgrade, whileStopped } from '../engine/plans.ts'

const at = '2026-11-20T22:00:00.000Z'
const by = { user: 'ann', host: 'desk', pid: 1, token: 1 }

const toy = plan(
  stage('copy', note('first'), whileStopped('m1')),
  stage(
    'agents',
    rolling(
      'agents',
      ['a1', 'a2', 'a3'].map(node => ({ node, parts: [upgrade(node), serves(node)] })),
    ),
  ),
)

/** The screen after these events, a row a line, each with its mark. */
function screenAfter(...events: readonly (RunEvent | Progress)[]): readonly string[] {
  const watching = watch({ event: 'run-started', run: 'r1', plan: toy, by, at })
  for (const event of events) watching.hear({ ...event, at })
  const { rows, foot } = picture(watching, 40, Date.parse(at) + 30_000)
  return [...rows.flatMap(row => linesOf(row, '')), ...foot]
}

const linesOf = ({ mark, lines, rows }: Row, indent: string): readonly string[] => [
  ...lines.map((line, index) => `${indent}${index === 0 ? `${mark}: ` : '  '}${line}`),
  ...rows.flatMap(row => linesOf(row, `${indent}  `)),
]

const done = (part: string): RunEvent => ({ event: 'step-finished', part, found: 'absent', evidence: 'as wanted' })
const started = (part: string): RunEvent => ({ event: 'step-started', part })

test('a step that failed says why, and ends the turning', () => {
  const stop = { part: 'note/first', why: 'step', reason: 'note (note/first) failed: no ink' } as const

  expect(
    screenAfter(
      started('note/first'),
      { event: 'step-failed', part: 'note/first', error: 'no ink' },
      { event: 'run-paused', stop },
    ),
  ).toEqual([
    'stopped: copy',
    '  stopped: note (note/first) failed',
    '    no ink',
    '  not-begun: while m1 is stopped',
    'not-begun: agents (not begun)',
    'Paused, 30 s after it began',
  ])
})

test('a step in doubt says what is unclear', () => {
  const stop = { part: 'note/first', why: 'in-doubt', reason: 'the ink is half dry' } as const

  expect(screenAfter(started('note/first'), { event: 'run-paused', stop }).slice(1, 3)).toEqual([
    '  stopped: note (note/first)',
    '    the ink is half dry',
  ])
})

test('what is down on purpose shows what is done meanwhile, and what brings it back', () => {
  expect(
    screenAfter(done('note/first'), started('m1/stop'), done('m1/stop'), {
      event: 'gate-asked',
      part: 'm1/stopped',
      verdict: { well: false, saw: 'm1 serves', wanted: 'm1 stopped' },
      secondsLeft: 90,
    }),
  ).toEqual([
    'under-way: copy',
    '  done: note (note/first) (as wanted)',
    '  under-way: while m1 is stopped',
    '    done: stop (m1/stop) (as wanted)',
    '    under-way: stopped (m1/stopped) (60 s left)',
    '      m1 serves (wanted: m1 stopped)',
    '    not-begun: copy (m1/copy)',
    '    not-begun: start (m1/start)',
    'not-begun: agents',
  ])
})

test('what was brought back before its turn is to do again', () => {
  const stop = { part: 'm1/copy', why: 'interrupted', reason: 'stopped at a safe point, as asked' } as const

  expect(
    screenAfter(
      done('note/first'),
      done('m1/stop'),
      started('m1/start'),
      { event: 'brought-back', part: 'm1/while-stopped', evidence: 'm1 serves' },
      { event: 'run-paused', stop },
    ),
  ).toEqual([
    'stands: copy',
    '  done: note (note/first) (as wanted)',
    '  stands: while m1 is stopped',
    '    not-begun: stop (m1/stop)',
    '    not-begun: stopped (m1/stopped)',
    '    stands: next: copy (m1/copy)',
    '    not-begun: start (m1/start)',
    'not-begun: agents (not begun)',
    'Paused, 30 s after it began: stopped at a safe point, as asked',
  ])
})

test('held nodes are counted, and why a run waits for them is said', () => {
  const stop = { part: 'agents', why: 'gate', reason: 'all other lanes are finished; a2 is held by bob: disk' } as const
  const lane = (node: string): readonly RunEvent[] => [
    { event: 'lane-started', rolling: 'agents', node, because: 'it is next' },
    done(`${node}/upgrade`),
    { event: 'gate-passed', part: `${node}/serves`, verdict: { well: true, saw: 'serves', wanted: 'serves' } },
    { event: 'lane-finished', rolling: 'agents', node },
  ]

  expect(
    screenAfter(
      done('note/first'),
      done('m1/start'),
      { event: 'held', node: 'a2', by: 'bob', reason: 'disk' },
      ...lane('a1'),
      ...lane('a3'),
      { event: 'run-paused', stop },
    ).slice(1, 4),
  ).toEqual([
    'stopped: agents',
    '  stopped: roll agents: 2 of 3 done, 1 held',
    '    all other lanes are finished; a2 is held by bob: disk',
  ])
})

test('a lane that a detached run left under way says so', () => {
  const stop = { part: 'agents', why: 'interrupted', reason: 'stopped at a safe point, as asked' } as const

  expect(
    screenAfter(
      done('note/first'),
      done('m1/start'),
      { event: 'lane-started', rolling: 'agents', node: 'a1', because: 'it is next' },
      started('a1/upgrade'),
      { event: 'run-paused', stop },
    ).slice(1, 4),
  ).toEqual([
    'stands: agents',
    '  stands: roll agents: 0 of 3 done, 1 begun, 2 not begun',
    '    stands: a1  upgrade (a1/upgrade) (begun; its end was not awaited)',
  ])
})

test('while the canaries soak it says for how long already', () => {
  expect(
    screenAfter(done('note/first'), done('m1/start'), {
      event: 'waiting',
      part: 'agents',
      text: 'the canaries are well; soaking for 300 s',
    }).slice(1, 4),
  ).toEqual([
    'under-way: agents',
    '  under-way: roll agents: 0 of 3 done',
    '    the canaries are well; soaking for 300 s (30 s)',
  ])
})

test('on resume the part at which it paused is under way again', () => {
  const stop = { part: 'note/first', why: 'step', reason: 'no ink' } as const

  expect(
    screenAfter(
      started('note/first'),
      { event: 'step-failed', part: 'note/first', error: 'no ink' },
      { event: 'run-paused', stop },
      { event: 'run-resumed', by },
    ).slice(0, 2),
  ).toEqual(['under-way: copy', '  under-way: note (note/first)'])
})
