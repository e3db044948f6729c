// A plan as people read it: what golden plans of upgrades do not show.
import { describe, expect, test } from 'vitest'
import { describeAction } from '../../src/plan/describe.ts'
import { planText } from '../../src/plan/text.ts'
import type { LanePart, Part } from '../../src/plan/types.ts'
import type { Action, Check, DcosPlan } from '../../src/plan/vocabulary.ts'
import { gate, lane, rolling, stage, step } from '../../src/plan/words.ts'

const patience = { within: 90, every: 5, steady: 0 }
const script = { url: 'http://bootstrap/x.sh', sha256: 'ab'.repeat(32), from: '2.1.1', to: '2.2.1' }
const action: Action = { do: 'upgrade-node', node: 'm1', role: 'master', script }
const check: Check = { ask: 'no-deployments' }

const planOf = (parts: readonly Part<Action, Check>[], more: Partial<DcosPlan> = {}): DcosPlan => ({
  ...{ format: 1, runbook: 'upgrade', kind: 'changing', onFailure: 'pause', title: 'Upgrade orchard' },
  ...{ cluster: { name: 'orchard', id: 'aa11' }, notes: [], accepted: [] },
  stages: [stage('only', 'The only stage', parts)],
  ...more,
})
const text = (plan: DcosPlan): string => planText(plan, describeAction)

test('what was accepted is said with who and why, and what is to know', () => {
  const shown = text(
    planOf([], {
      accepted: [{ what: 'undocumented path 2.0.0 to 2.2.1', by: 'ann@control-1', reason: 'tried in the lab' }],
      notes: ['Each master that leads costs a fail-over.'],
    }),
  )

  expect(shown).toContain('Accepted\n   - undocumented path 2.0.0 to 2.2.1, by ann@control-1: tried in the lab\n')
  expect(shown).toContain('To know\n   - Each master that leads costs a fail-over.\n')
})

test('what is down on purpose is said with how it is brought back', () => {
  const parts: readonly LanePart<Action, Check>[] = [
    {
      ...{ kind: 'during', id: 'stopped', title: 'While it is stopped' },
      open: step('open', 'Stop it', action),
      parts: [gate('calm', 'Nothing is under way', check, patience)],
      close: step('close', 'Start it again', action),
    },
  ]

  const lines = text(planOf(parts))
    .split('\n')
    .map(line => line.trim())

  expect(lines.filter(line => /^[>?]/.test(line))).toEqual([
    '> Stop it',
    '? Nothing is under way (waits up to 90 s)',
    '> Start it again',
  ])
})

test('a rolling says its rule, however small', () => {
  const rules = { order: 'as-listed', atMost: 2, canaries: 1, soak: 300, budget: { failures: 3 }, patience } as const
  const shown = text(
    planOf([rolling('agents', 'Agents', rules, [lane('a1', [step('upgrade', 'Upgrade a1', action)])])]),
  )

  expect(shown.replaceAll(/\n +/g, ' ')).toContain(
    '1 node, 1 first and alone, 5 min of soak; then 2 at a time, in this order; up to 3 may fail before it stops:',
  )
  expect(shown).toContain('For a1:')
})

describe('lines', () => {
  const long = `Upgrade ${Array.from({ length: 30 }, (_, index) => `node-${index}`).join(' ')}`

  test('fit 80 columns, and no word is lost', () => {
    const shown = text(planOf([step('upgrade', long, action)], { notes: [long] }))

    for (const line of shown.split('\n')) if (!line.includes('sha256')) expect(line.length).toBeLessThanOrEqual(80)
    expect(shown.match(/node-29/g)).toHaveLength(2)
  })

  test('a word that is longer than a line stays whole, so that it can be copied', () => {
    const url = `http://bootstrap/${'x'.repeat(90)}`

    expect(text(planOf([step('upgrade', `Fetch ${url}`, action)]))).toContain(url)
  })
})

test('what an action will do is said: the script and its digest; the store, its encryption and each object', () => {
  expect(describeAction(action)).toEqual(['script http://bootstrap/x.sh', `sha256 ${'ab'.repeat(32)}`])
  const backup: Action = {
    ...{ do: 'take-backup', store: '/backups', encryption: ['age1x', 'age1y'], way: 'files' },
    objects: [{ name: 'zookeeper/files.tar', what: 'zookeeper-files', from: 'm2' }],
  }
  expect(describeAction(backup)).toEqual(['encrypted for 2 age recipients', 'zookeeper/files.tar from m2'])
  expect(describeAction({ ...backup, encryption: 'none' })[0]).toBe('not encrypted')
})
