// The plans of whole restores: one golden text each, and the rules they must never break.
import { describe, expect, test } from 'vitest'
import { emptyReplicatedLogs, restoreReplicatedLogs } from '../../runbooks/restore-replicated-log.ts'
import { restoreZookeeper, type SwapOptions } from '../../runbooks/restore-zookeeper.ts'
import { parsePlan } from '../../src/config/plan-file.ts'
import { describeAction } from '../../src/plan/describe.ts'
import { planText } from '../../src/plan/text.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'

const masters = (count: number) => Array.from({ length: count }, (_, at) => `m${at + 1}`)
const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }
const patience = {
  cluster: { within: 600, every: 5, steady: 0 },
  master: { within: 1800, every: 10, steady: 30 },
}
const source = (object: string) => ({
  store: 's3://backups/dcos',
  backup: '2026-11-20T020000Z-7f3a',
  object,
  sha256: 'ab'.repeat(32),
  identity: null,
})

const usual = (count: number): SwapOptions => ({
  cluster,
  masters: masters(count),
  version: '2.1.1',
  room: 70_000,
  notes: ['What is known of the state.'],
  accepted: [],
  patience,
})

const zookeeper = (count: number): DcosPlan =>
  restoreZookeeper({
    ...usual(count),
    lay: {
      do: 'lay-zookeeper-image',
      masters: masters(count),
      source: source('zookeeper/files.tar.zst'),
      at: '0x10000005d',
      fuzzEnd: '0x100000050',
      marks: 'containers',
      room: 70_000,
    },
    sample: [{ path: '/marathon', czxid: '0x100000012' }],
  })

const plans: { readonly [name: string]: DcosPlan } = {
  'restore zookeeper, 3 masters': zookeeper(3),
  'restore zookeeper, 1 master': zookeeper(1),
  'restore zookeeper, 5 masters': zookeeper(5),
  'restore replicated-log, 3 masters': restoreReplicatedLogs({
    ...usual(3),
    lay: {
      do: 'lay-log-image',
      masters: masters(3),
      source: source('replicated-log/m2.tar.zst'),
      room: 70_000,
    },
  }),
  'restore replicated-log, one lost master': emptyReplicatedLogs({
    ...usual(3),
    masters: ['m2'],
    others: ['m1', 'm3'],
    lay: { do: 'lay-log-image', masters: ['m2'], source: null, room: 65_536 },
  }),
}

describe.each(Object.entries(plans))('%s', (name, plan) => {
  test('reads as it did before', async () => {
    await expect(planText(plan, describeAction)).toMatchFileSnapshot(`../golden/${name}.txt`)
  })

  test('comes back from a file as it was', () => {
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })

  test('stops nothing before everything that can fail for long is done, and always starts it again', () => {
    const parts = plan.stages.flatMap(({ parts }) => parts)
    const down = parts.findIndex(({ kind }) => kind === 'during')
    const laid = parts.findIndex(part => part.kind === 'step' && part.action.do.startsWith('lay-'))

    const during = parts[down]

    expect(laid).toBeGreaterThan(0)
    expect(down).toBeGreaterThan(laid)
    expect(during).toMatchObject({
      open: { action: { do: 'stop-for-swap' } },
      close: { action: { do: 'start-after-swap' } },
    })
    expect(parts.slice(down + 1).every(({ kind }) => kind === 'gate')).toBe(true)
  })
})
