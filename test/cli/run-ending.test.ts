// How a run's end is told: the exit code of each reason, the state of the nodes, and what to type next.
import { describe, expect, test } from 'vitest'
import { upgrade } from '../../runbooks/upgrade.ts'
import { endingOf } from '../../src/cli/run-ending.ts'
import type { Outcome, RunEvent, Stop, Why } from '../../src/engine/events.ts'
import { fold } from '../../src/engine/state.ts'
import type { DcosctlError } from '../../src/errors.ts'
import { factsOf, optionsFor } from '../runbooks/facts.ts'

const facts = factsOf({ masters: 3, agents: 12 })
const run = '2026-11-20T020000Z-7f3a'
const by = { user: 'ann', host: 'control-1', pid: 7, token: 1 }
const started: RunEvent = { event: 'run-started', run, plan: upgrade(facts, optionsFor(facts)), by }
const gate = 'masters/m2/all-serving'
const step = 'masters/m2/upgrade'

const lane = (node: string, rolling: string, finished: boolean): readonly RunEvent[] => [
  { event: 'lane-started', rolling, node, because: 'it leads nothing' },
  ...(finished ? [{ event: 'lane-finished', rolling, node } as const] : []),
]

function endingWith(outcome: Outcome, events: readonly RunEvent[] = []): DcosctlError | undefined {
  const state = fold([started, ...events])
  if (!state) throw new Error('a run that was started has a state')
  return endingOf({ run, outcome, state })
}

function pausedFor(why: Why, more: Partial<Stop> = {}, events: readonly RunEvent[] = []): DcosctlError {
  const part = why === 'gate' ? gate : step
  const ending = endingWith({ run: 'paused', stop: { part, why, reason: 'this came between', ...more } }, events)
  if (!ending) throw new Error('a paused run has an ending')
  return ending
}

const abandon = 'or end it where it stands:  dcosctl run abandon --reason …'

describe('a run that is paused', () => {
  test.each<[Why, number, readonly string[]]>([
    [
      'gate',
      20,
      [
        'look closer:  dcosctl check',
        'then go on:  dcosctl run resume',
        `if it may pass once:  dcosctl run resume --override ${gate} --reason '…'`,
      ],
    ],
    ['step', 21, ['look at the node', 'then go on:  dcosctl run resume']],
    [
      'in-doubt',
      22,
      [
        'look at the node, then say what became of it:',
        `dcosctl run resolve ${step} --as done|not-done --reason '…'`,
        'then go on:  dcosctl run resume',
      ],
    ],
    ['budget', 23, ['look at the nodes that stopped:  dcosctl run show', 'then go on:  dcosctl run resume']],
    ['claim-lost', 24, ['see who has the cluster:  dcosctl status', 'then go on:  dcosctl run resume']],
    ['interrupted', 130, ['go on:  dcosctl run resume']],
  ])('for %s ends with exit %d and says what to type', (why, exit, next) => {
    const { exitCode, message, next: said } = pausedFor(why)

    expect(exitCode).toBe(exit)
    expect(message).toBe(`Run ${run} is paused: this came between.`)
    expect(said).toEqual([...next, abandon])
  })

  test('says the remedy of the check first', () => {
    const remedy = 'look at the master:  journalctl -u dcos-exhibitor'

    expect(pausedFor('gate', { remedy }).next[0]).toBe(remedy)
  })

  test('in doubt says the command that resolves it once', () => {
    const { next } = pausedFor('in-doubt', { remedy: `dcosctl run resolve ${step} --as done|not-done --reason …` })

    expect(next.filter(line => line.includes('run resolve'))).toHaveLength(1)
  })

  test('because no node may go next offers no override: there is no gate to let pass', () => {
    const { next } = pausedFor('gate', { part: 'masters' })

    expect(next.join()).not.toContain('--override')
    expect(next).toContain('then go on:  dcosctl run resume')
  })

  test('does not end its sentence twice', () => {
    expect(pausedFor('step', { reason: 'it failed.' }).message).toBe(`Run ${run} is paused: it failed.`)
  })

  test('before any node was begun says so', () => {
    expect(pausedFor('gate').state).toBe('No node was begun.')
  })

  test('says of each stage that was begun which nodes are done, begun and not begun', () => {
    const { state } = pausedFor('gate', {}, [...lane('m3', 'masters', true), ...lane('m2', 'masters', false)])

    expect(state).toBe('Masters: done m3; begun m2; not begun m1.')
  })

  test('names few of many nodes', () => {
    const { state } = pausedFor('gate', {}, lane('a1', 'agents', true))

    expect(state).toBe('Agents: done a1; not begun a2, a3, a4, a5, a6 and 6 more.')
  })
})

describe('a run that has nobody to wait for', () => {
  test.each<[Why, number]>([
    ['gate', 4],
    ['step', 4],
    ['in-doubt', 4],
    ['claim-lost', 4],
    ['interrupted', 130],
  ])('ends without its result for %s with exit %d', (why, exit) => {
    const ending = endingWith({ run: 'failed', stop: { part: 'backup/take', why, reason: 'the store is full' } })

    expect(ending).toMatchObject({
      exitCode: exit,
      message: 'There is no backup: the store is full.',
      state: expect.stringContaining('nothing half visible'),
      next: ['then try again:  dcosctl backup'],
    })
  })
})

test.each<Outcome>([{ run: 'finished' }, { run: 'abandoned' }])('a run that is $run is no error', outcome => {
  expect(endingWith(outcome)).toBeUndefined()
})
