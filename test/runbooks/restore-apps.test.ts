// The plans that give back apps and jobs: a golden text for each way, and the order.
import { describe, expect, test } from 'vitest'
import { type ComparedApp, restoreApps } from '../../runbooks/restore-apps.ts'
import { type ComparedJob, restoreJobs } from '../../runbooks/restore-jobs.ts'
import { parsePlan } from '../../src/config/plan-file.ts'
import { describeAction } from '../../src/plan/describe.ts'
import { planText } from '../../src/plan/text.ts'
import type { BackupSource, DcosPlan } from '../../src/plan/vocabulary.ts'

const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }
const source: BackupSource = {
  ...{ store: '/backups', backup: '2026-11-20T020000Z-7f3a', object: 'marathon/groups.json.zst' },
  ...{ sha256: 'ab'.repeat(32), identity: null },
}
const patience = {
  cluster: { within: 120, every: 5, steady: 0 },
  agent: { within: 600, every: 5, steady: 0 },
}

const app = (id: string, is: ComparedApp['is'], more: Partial<ComparedApp> = {}): ComparedApp => ({
  ...{ kind: 'app', id, is, dependsOn: [], fields: [], needs: [] },
  version: is === 'missing' ? null : 'v1',
  ...{ instancesNow: is === 'missing' ? 0 : 2, instancesThen: is === 'surplus' ? 0 : 2 },
  ...more,
})

const apps: readonly ComparedApp[] = [
  app('/shop/cart', 'differs', { fields: ['instances'], instancesThen: 5 }),
  app('/shop/db', 'missing', { needs: ['the secret db/password in the secret store'] }),
  app('/shop/old', 'surplus', { dependsOn: ['/shop/older'] }),
  app('/shop/older', 'surplus'),
  app('/shop/pod', 'missing', { kind: 'pod' }),
  app('/shop/queue', 'same'),
  app('/shop/web', 'differs', { fields: ['cmd', 'env'], dependsOn: ['/shop/db', '/shop/cart'] }),
]
const planOf = (how: 'merge' | 'overwrite' | 'mirror', all = apps): DcosPlan =>
  restoreApps(all, { cluster, source, group: '/shop', how, accepted: [], patience, remarks: [] })

const stepsOf = ({ stages }: DcosPlan) =>
  stages.flatMap(({ parts }) => parts.filter(({ kind }) => kind === 'step').map(({ id }) => id))

describe.each(['merge', 'overwrite', 'mirror'] as const)('apps, %s', how => {
  test('reads as it did before', async () => {
    await expect(planText(planOf(how), describeAction)).toMatchFileSnapshot(`../golden/restore apps, ${how}.txt`)
  })

  test('is the same after it was saved and read', () => {
    const plan = planOf(how)

    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })
})

test('merge creates only; what depends on something comes after it; what goes, goes before what it depends on', () => {
  expect(stepsOf(planOf('merge'))).toEqual(['apps/shop/db', 'apps/shop/pod'])
  expect(stepsOf(planOf('mirror'))).toEqual([
    ...['apps/shop/cart', 'apps/shop/db', 'apps/shop/pod', 'apps/shop/web'],
    ...['surplus/shop/old', 'surplus/shop/older'],
  ])
})

test('where nothing differs there is nothing to do, and nothing is asked', () => {
  const plan = planOf('mirror', [app('/a', 'same')])

  expect(plan.stages).toEqual([])
  expect(plan.notes[0]).toBe('There is nothing to do.')
})

describe('jobs', () => {
  const job = (id: string, is: ComparedJob['is'], more: Partial<ComparedJob> = {}): ComparedJob => ({
    ...{ id, is, fields: [], was: is === 'missing' ? [] : ['d1'], runsBy: [] },
    ...more,
  })
  const jobs = [
    job('clean-up', 'same'),
    job('nightly.report', 'missing', { runsBy: ['nightly'] }),
    job('old', 'surplus'),
    job('sync', 'differs', { fields: ['run.cmd', 'schedule hourly'] }),
  ]

  test.each(['merge', 'overwrite', 'mirror'] as const)('%s reads as it did before', async how => {
    const plan = restoreJobs(jobs, {
      cluster,
      source: { ...source, object: 'metronome/jobs.json.zst' },
      how,
      accepted: [],
    })

    await expect(planText(plan, describeAction)).toMatchFileSnapshot(`../golden/restore jobs, ${how}.txt`)
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })
})
