// What a run's events add up to, at any length of its journal.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { decodeJournal } from '../../src/engine/journal.ts'
import { begun, fold, follow } from '../../src/engine/state.ts'
import { FakeCluster } from './fake-cluster.ts'
import { note, plan, stage, whileStopped } from './plans.ts'
import { everything } from './scenarios.ts'
import { type Disk, Workstation } from './workstation.ts'

const by = { user: 'u', host: 'h', pid: 1, token: 1 }
const started = {
  event: 'run-started',
  run: 'run-1',
  plan: plan(stage('only', note('a'), whileStopped('m1'))),
  by,
} as const satisfies RunEvent

test('no event, no run: nothing was touched', () => {
  expect(fold([])).toBeUndefined()
})

test('every prefix of a journal folds, and following event by event comes to the same', async () => {
  const disk: Disk = []
  const cluster = new FakeCluster(everything.nodes, 2)
  cluster.fault('m2', 'does-not-come-back')
  await new Workstation(cluster, disk).execute(everything.plan)
  cluster.mend('m2')
  await new Workstation(cluster, disk).resume()
  const [first, ...rest] = disk
  if (first?.event !== 'run-started') throw new Error('the journal does not begin with run-started')
  const following = follow(begun(first))

  for (const [index, event] of rest.entries()) {
    following.hear(event)
    expect({ ...following.state }).toEqual({ ...fold(disk.slice(0, index + 2)) })
  }
  expect(following.state.status).toEqual({ is: 'finished' })
  expect(following.state.drivers).toHaveLength(2)
})

test('going on from a state leaves that state as it was', () => {
  const before = begun(started)
  follow(before).hear({ event: 'step-started', part: 'note/a' })

  expect(before.steps.get('note/a')).toEqual({ is: 'not-started', attempt: 1 })
})

test('a step is the same try until it failed or a person says it is not done', () => {
  const attempts = [
    { event: 'step-started', part: 'note/a' },
    { event: 'run-resumed', by },
    { event: 'step-failed', part: 'note/a', error: 'e' },
    { event: 'step-started', part: 'note/a' },
    { event: 'resolved', part: 'note/a', as: 'not-done', by: 'u', reason: 'r' },
  ] satisfies RunEvent[]

  const seen = attempts.map(
    (_, index) => fold([started, ...attempts.slice(0, index + 1)])?.steps.get('note/a')?.attempt,
  )

  expect(seen).toEqual([1, 1, 2, 2, 3])
})

test('what is brought back is shut, its finished steps stay finished, its open and close are another try', () => {
  const state = fold([
    started,
    { event: 'step-started', part: 'm1/stop' },
    { event: 'step-finished', part: 'm1/stop', found: 'absent', evidence: 'stopped' },
    { event: 'brought-back', part: 'm1/while-stopped', evidence: 'runs' },
  ])

  expect(state?.durings.get('m1/while-stopped')).toBe('shut')
  expect(state?.steps.get('m1/stop')).toEqual({ is: 'not-started', attempt: 2 })
  expect(state?.steps.get('m1/start')).toEqual({ is: 'not-started', attempt: 2 })
})

test('a stop in doubt puts its step in doubt', () => {
  const state = fold([
    started,
    { event: 'step-started', part: 'note/a' },
    { event: 'run-paused', stop: { part: 'note/a', why: 'in-doubt', reason: 'nobody knows' } },
  ])

  expect(state?.steps.get('note/a')).toEqual({ is: 'in-doubt', reason: 'nobody knows', attempt: 1 })
})

test('an event that names a part which is not in the plan is not passed over', () => {
  expect(() => fold([started, { event: 'step-failed', part: 'other', error: 'e' }])).toThrow(/other is not in the plan/)
})

test('journals of earlier versions load', async () => {
  const path = new URL('../journals/format-1.jsonl', import.meta.url)
  const { records } = decodeJournal(await readFile(path), 'format-1.jsonl')

  const state = fold(records.map(({ event }) => event))

  expect(state?.status).toMatchObject({ is: 'paused', stop: { part: 'm2/serves', why: 'gate' } })
  expect(state?.rollings.get('masters')?.lanes.get('m2')?.is).toBe('stopped')
})
