// What a person says to a paused run goes into its journal with a name and a reason, or is refused.
import { describe, expect, test } from 'vitest'
import { hold, override, release, resolve } from '../../src/engine/persons-word.ts'
import { FakeCluster } from './fake-cluster.ts'
import { upgradeOf } from './plans.ts'
import { Workstation } from './workstation.ts'

async function paused() {
  const cluster = new FakeCluster(['m1', 'm2', 'm3'])
  cluster.fault('m3', 'ends-in-doubt')
  const workstation = new Workstation(cluster)
  await workstation.execute(upgradeOf('m1', 'm2', 'm3'))
  return workstation.state
}

test('what fits is an event with a name and a reason', async () => {
  const state = await paused()

  expect(override(state, 'm3/serves', 'ann', 'seen')).toEqual({
    event: 'overridden',
    part: 'm3/serves',
    by: 'ann',
    reason: 'seen',
  })
  expect(resolve(state, 'm3/upgrade', 'done', 'ann', 'seen')).toMatchObject({ event: 'resolved', as: 'done' })
  expect(hold(state, 'm1', 'ann', 'its disk')).toMatchObject({ event: 'held', node: 'm1' })
})

describe('refused is', () => {
  test('what the plan does not have', async () => {
    const state = await paused()

    expect(() => override(state, 'm3/upgrade', 'ann', 'seen')).toThrow(/is no gate/)
    expect(() => resolve(state, 'm3/serves', 'done', 'ann', 'seen')).toThrow(/is no step/)
    expect(() => hold(state, 'm9', 'ann', 'seen')).toThrow(/has no lane/)
    expect(() => release(state, 'm1', 'ann')).toThrow(/is not held/)
  })

  test('resolving what is finished or was never begun', async () => {
    const state = await paused()

    expect(() => resolve(state, 'm2/upgrade', 'done', 'ann', 'seen')).toThrow(/is finished/)
    expect(() => resolve(state, 'm1/upgrade', 'done', 'ann', 'seen')).toThrow(/was not begun/)
  })

  test('a word without a reason', async () => {
    const state = await paused()

    expect(() => override(state, 'm3/serves', 'ann', '  ')).toThrow(/reason is missing/)
  })

  test('a word to a run that is over', async () => {
    const workstation = new Workstation(new FakeCluster(['m1']))
    await workstation.execute(upgradeOf('m1'))

    expect(() => override(workstation.state, 'm1/serves', 'ann', 'seen')).toThrow(/is finished/)
  })
})
