// The plans of a backup, by way and topology: one golden text each, and what must hold of them.
import { describe, expect, test } from 'vitest'
import { backup } from '../../runbooks/backup.ts'
import { backupAtRest } from '../../runbooks/backup-at-rest.ts'
import { backupStopped } from '../../runbooks/backup-stopped.ts'
import type { AtRest } from '../../src/cluster/at-rest.ts'
import { parsePlan } from '../../src/config/plan-file.ts'
import { describeAction } from '../../src/plan/describe.ts'
import { planText } from '../../src/plan/text.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'
import { factsOf } from './facts.ts'

const options = { store: 's3://backups/orchard', encryption: 'none' as const }
const patience = {
  cluster: { within: 120, every: 5, steady: 0 },
  master: { within: 900, every: 5, steady: 10 },
}
const leads = { zookeeper: 'm3', marathon: 'm1', mesos: 'm2' }
const three = factsOf({ masters: 3, agents: 2, leads })
const one = factsOf({ masters: 1, agents: 0 })
const outage = { what: 'single-master-outage', by: 'ana', reason: 'a lab' }
const lonely = { what: 'no-majority-lock', by: 'ana', reason: 'm1 and m2 burnt down' }

const atRest = (members: readonly AtRest[], accepted: readonly (typeof lonely)[] = []) =>
  backupAtRest({ cluster: three.cluster, members }, { ...options, accepted }, patience.cluster)

const plans: { readonly [name: string]: DcosPlan } = {
  'files, 3 masters': backup(three, { ...options, way: 'files' }, patience.cluster),
  'files, 2 masters of 5 set aside': backup(
    three,
    {
      ...options,
      way: 'files',
      aside: [
        { name: 'm4', why: 'm4 (10.0.0.14:22) cannot be reached by SSH', isReached: false, serves: false },
        { name: 'm5', why: 'nothing listens on 10.0.0.15:5050 of m5', isReached: true, serves: true },
      ],
    },
    patience.cluster,
  ),
  'stopped, 3 masters': backupStopped(three, { ...options, patience, accepted: [] }),
  'stopped, 1 master': backupStopped(one, { ...options, patience, accepted: [outage] }),
  'at rest, all readable': atRest([
    { name: 'm2', epoch: 4, lastZxid: 0x4_0000_0123n },
    { name: 'm1', epoch: 4, lastZxid: 0x4_0000_0120n },
    { name: 'm3', epoch: 3, lastZxid: 0x3_0000_0999n },
  ]),
  'at rest, one left': atRest(
    [
      { name: 'm3', epoch: 4, lastZxid: 0x4_0000_0120n },
      { name: 'm1', why: 'm1 does not answer' },
      { name: 'm2', why: 'm2 does not answer' },
    ],
    [lonely],
  ),
}

describe.each(Object.entries(plans))('%s', (name, plan) => {
  test('reads as it did before', async () => {
    await expect(planText(plan, describeAction)).toMatchFileSnapshot(`../golden/backup ${name}.txt`)
  })

  test('is the same once it was saved and read', () => {
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })

  test('ends like a backup, and waits for nobody', () => {
    expect(plan.onFailure).toBe('end')
  })
})

test('what is stopped stands in a during whose close starts it, behind a gate that asks all others', () => {
  const plan = plans['stopped, 3 masters']
  const parts = plan?.stages.flatMap(stage => stage.parts) ?? []
  const durings = parts.flatMap((part, index) => (part.kind === 'during' ? [{ part, before: parts[index - 1] }] : []))

  expect(plan?.kind).toBe('changing')
  expect(durings).toHaveLength(2)
  for (const { part, before } of durings) {
    expect(part.open.action).toMatchObject({ do: 'copy-stopped' })
    expect(part.close.action).toEqual({ ...part.open.action, do: 'start-again' })
    expect(before).toMatchObject({ kind: 'gate', check: { ask: 'others-are-well' } })
  }
})

test('a leader is not stopped where somebody else has the files', () => {
  const stopped = plans['stopped, 3 masters']?.stages
    .flatMap(({ parts }) => parts)
    .flatMap(part => (part.kind === 'during' && part.open.action.do === 'copy-stopped' ? [part.open.action] : []))

  expect(stopped).toEqual([
    { do: 'copy-stopped', node: 'm1', service: 'zookeeper' },
    { do: 'copy-stopped', node: 'm3', service: 'mesos-master' },
  ])
})
