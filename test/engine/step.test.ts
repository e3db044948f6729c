// Steps: looked at first, begun on disk before their first effect, tried again as another try; and who is told.
import { describe, expect, test } from 'vitest'
import { execute, resume } from '../../src/engine/engine.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { FakeCluster } from './fake-cluster.ts'
import { note, plan, stage, step, upgrade, whileStopped } from './plans.ts'
import type { ToyPlan } from './workstation.ts'
import { type Disk, Workstation } from './workstation.ts'

const oneUpgrade = plan(stage('only', upgrade('m1'), note('done')))

function eventsOf(disk: Disk, part: string): RunEvent[] {
  return disk.filter(event => 'part' in event && event.part === part)
}

describe('looking', () => {
  test('a step that is in place is not performed, and that is journaled', async () => {
    const cluster = new FakeCluster(['m1'])
    cluster.node('m1').version = '2'
    const disk: Disk = []

    await new Workstation(cluster, disk).execute(oneUpgrade)

    expect(cluster.upgrades).toEqual([])
    expect(eventsOf(disk, 'm1/upgrade')).toMatchObject([
      { event: 'step-started' },
      { event: 'step-finished', found: 'in-place' },
    ])
  })

  test('what only a person can judge pauses the run before anything is begun', async () => {
    const cluster = new FakeCluster(['m1'])
    const disk: Disk = []
    cluster.fault('m1', 'looks-odd')

    const outcome = await new Workstation(cluster, disk).execute(oneUpgrade)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/upgrade', why: 'in-doubt' } })
    expect(eventsOf(disk, 'm1/upgrade')).toEqual([])
  })

  test('resolved as done it is not performed, resolved as not done it is, though it still looks odd', async () => {
    for (const as of ['done', 'not-done'] as const) {
      const cluster = new FakeCluster(['m1'])
      const disk: Disk = []
      cluster.fault('m1', 'looks-odd')
      await new Workstation(cluster, disk).execute(oneUpgrade)
      disk.push({ event: 'resolved', part: 'm1/upgrade', as, by: 'operator', reason: 'seen by eye' })

      expect(await new Workstation(cluster, disk).resume()).toEqual({ run: 'finished' })

      expect(cluster.upgrades).toEqual(as === 'done' ? [] : ['m1'])
    }
  })

  test('a node that can not be looked at pauses the run; nothing was begun', async () => {
    const cluster = new FakeCluster(['m1'])
    const disk: Disk = []
    cluster.fault('m1', 'unreachable')

    const outcome = await new Workstation(cluster, disk).execute(oneUpgrade)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/upgrade', why: 'step' } })
    expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('m1 does not answer'))
    expect(eventsOf(disk, 'm1/upgrade')).toEqual([])
  })
})

test('the start of a step is on disk before its first effect', async () => {
  const workstation = new Workstation(new FakeCluster(['m1']))

  await workstation.execute(oneUpgrade)

  const order = ['look m1/upgrade', 'written step-started m1/upgrade', 'assert-held', 'before m1/upgrade']
  expect(workstation.points.filter(point => order.includes(point)).slice(0, 4)).toEqual(order)
})

test('a step that failed is tried again on resume, as another try that the node does not mistake for the first', async () => {
  const cluster = new FakeCluster(['m1'])
  const disk: Disk = []
  cluster.fault('m1', 'script-fails')
  const outcome = await new Workstation(cluster, disk).execute(oneUpgrade)
  cluster.mend('m1')

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/upgrade', why: 'step' } })
  expect(await new Workstation(cluster, disk).resume()).toEqual({ run: 'finished' })
  expect(cluster.upgrades).toEqual(['m1', 'm1'])
})

test('a step that ends in doubt stays so until a person resolves it', async () => {
  const cluster = new FakeCluster(['m1'])
  const disk: Disk = []
  cluster.fault('m1', 'ends-in-doubt')
  expect(await new Workstation(cluster, disk).execute(oneUpgrade)).toMatchObject({ stop: { why: 'in-doubt' } })
  cluster.mend('m1')
  expect(await new Workstation(cluster, disk).resume()).toMatchObject({ stop: { why: 'in-doubt' } })
  disk.push({ event: 'resolved', part: 'm1/upgrade', as: 'not-done', by: 'operator', reason: 'still version 1' })

  expect(await new Workstation(cluster, disk).resume()).toEqual({ run: 'finished' })
  expect(cluster.upgrades).toEqual(['m1', 'm1'])
})

test('a renderer that throws does not bring the run down, and is not passed over in silence', async () => {
  const cluster = new FakeCluster(['m1'])
  const workstation = new Workstation(cluster)
  workstation.rendererThrows = true

  expect(await workstation.execute(oneUpgrade)).toEqual({ run: 'finished' })
  expect(workstation.rendererErrors).toContainEqual(new Error('the terminal is gone'))
})

test('an event is told only after it is on disk', async () => {
  const cluster = new FakeCluster(['m1'])
  const disk: Disk = []
  const workstation = new Workstation(cluster, disk)
  const early: string[] = []
  const tell: typeof workstation.ports.tell = ({ at: _, ...event }) => {
    if (!disk.some(written => written.event === event.event)) early.push(event.event)
  }

  await execute(oneUpgrade, 'run-1', { ...workstation.ports, tell })

  expect(early).toEqual([])
})

test('a run that has nobody to wait for ends as failed, with everything brought back', async () => {
  const cluster = new FakeCluster(['m1'])
  cluster.fault('m1', 'script-fails')
  const backup: ToyPlan = {
    ...plan(stage('only', whileStopped('m1', [step('m1/other', { do: 'upgrade', node: 'm1', to: '2' })]))),
    onFailure: 'end',
  }
  const workstation = new Workstation(cluster)

  expect(await workstation.execute(backup)).toMatchObject({ run: 'failed', stop: { part: 'm1/other' } })
  expect(cluster.node('m1').running).toBe(true)
  await expect(workstation.resume()).rejects.toThrow(/is failed/)
})

test('a run with an action this dcosctl does not know is not gone on with, and says so', async () => {
  const cluster = new FakeCluster(['m1'])
  const workstation = new Workstation(cluster)
  cluster.fault('m1', 'script-fails')
  await workstation.execute(oneUpgrade)
  const reinstall = { ...upgrade('m1'), action: { do: 'reinstall' } }
  const later = { ...oneUpgrade, stages: [{ id: 'only', title: 'only', parts: [reinstall] }] }

  await expect(resume({ ...workstation.state, plan: later }, workstation.ports)).rejects.toThrow(/action reinstall/)
})

test('a plan that names two parts the same is refused before anything is touched', async () => {
  const disk: Disk = []

  const refused = new Workstation(new FakeCluster(['m1']), disk).execute(
    plan(stage('a', note('x')), stage('b', note('x'))),
  )

  await expect(refused).rejects.toThrow(/several parts the same: note\/x/)
  expect(disk).toEqual([])
})
