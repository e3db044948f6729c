// Steps: looked at first, begun on disk before their first effect, never begun without the claim or the journal.
import { describe, expect, test } from 'vitest'
import { execute, resume } from '../../src/engine/engine.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { FakeCluster } from './fake-cluster.ts'
import { note, plan, stage, step, upgrade, upgradeOf, whileStopped } from './plans.ts'
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

describe('the claim', () => {
  test.each(['look m1/upgrade', 'written step-started m1/upgrade', 'assert-held'])(
    'lost at "%s", no step starts after it',
    async point => {
      const cluster = new FakeCluster(['m1'])
      const workstation = new Workstation(cluster)
      workstation.at(point, () => workstation.claim.abort(new Error('the holder is gone')))

      const outcome = await workstation.execute(oneUpgrade)

      expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/upgrade', why: 'claim-lost' } })
      expect(cluster.effects).toEqual([])
    },
  )

  test('lost between the last question about it and the effect, nothing is performed', async () => {
    const cluster = new FakeCluster(['m1'])
    const workstation = new Workstation(cluster)
    const hold = {
      ...workstation.ports.hold,
      assertHeld: async () => {
        queueMicrotask(() => workstation.claim.abort(new Error('the holder is gone'))) // right after the answer
      },
    }

    const outcome = await execute(oneUpgrade, 'run-1', { ...workstation.ports, hold })

    expect(outcome).toMatchObject({ stop: { why: 'claim-lost' } })
    expect(cluster.effects).toEqual([])
  })

  test('lost while something is down, it is brought back all the same', async () => {
    const cluster = new FakeCluster(['m1'])
    const workstation = new Workstation(cluster)
    workstation.at('begun m1/copy', () => workstation.claim.abort(new Error('the holder is gone')))

    const outcome = await workstation.execute(plan(stage('only', whileStopped('m1'), note('done'))))

    expect(outcome).toMatchObject({ run: 'paused', stop: { why: 'claim-lost' } })
    expect(cluster.node('m1').running).toBe(true)
    expect(cluster.notes).toEqual([])
  })
})

describe('the journal', () => {
  test.each(['write step-started m1/upgrade', 'write step-finished m1/upgrade'])(
    'when it can not be written at "%s" the run ends with a clear error and nothing more is begun',
    async point => {
      const cluster = new FakeCluster(['m1'])
      const workstation = new Workstation(cluster)
      workstation.at(point, () => {
        workstation.diskIsFull = true
      })

      await expect(workstation.execute(oneUpgrade)).rejects.toThrow(/journal of run run-1 can't be written: ENOSPC/)

      expect(cluster.notes).toEqual([])
      expect(cluster.upgrades).toEqual(point.includes('started') ? [] : ['m1'])
    },
  )

  test('what is down is brought back also when the journal is full, and that is said', async () => {
    const cluster = new FakeCluster(['m1'])
    const workstation = new Workstation(cluster)
    workstation.at('write step-finished m1/stop', () => {
      workstation.diskIsFull = true
    })

    await expect(workstation.execute(plan(stage('only', whileStopped('m1'))))).rejects.toThrow(/ENOSPC/)

    expect(cluster.node('m1').running).toBe(true)
    expect(workstation.told).toContainEqual(expect.objectContaining({ event: 'said', part: 'm1/start' }))
  })

  test('a resume on a full disk still brings back what is down', async () => {
    const cluster = new FakeCluster(['m1'])
    const disk: Disk = []
    const dying = new Workstation(cluster, disk)
    dying.at('written step-finished m1/stop', () => dying.cutNow())
    await Promise.race([dying.execute(plan(stage('only', whileStopped('m1')))), dying.died])
    expect(cluster.node('m1').running).toBe(false)
    const second = new Workstation(cluster, disk)
    second.diskIsFull = true

    await expect(second.resume()).rejects.toThrow(/ENOSPC/)

    expect(cluster.node('m1').running).toBe(true)
  })
})

describe('a during', () => {
  const whileM1 = plan(stage('only', whileStopped('m1', [step('m1/other', { do: 'upgrade', node: 'm1', to: '2' })])))

  test('is brought back when something inside fails', async () => {
    const cluster = new FakeCluster(['m1'])
    cluster.fault('m1', 'script-fails')
    const disk: Disk = []

    const outcome = await new Workstation(cluster, disk).execute(whileM1)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/other', why: 'step' } })
    expect(cluster.node('m1').running).toBe(true)
    expect(disk).toContainEqual({ event: 'brought-back', part: 'm1/while-stopped', evidence: 'runs' })
  })

  test('that was brought back when nothing was left to do in it is not opened again', async () => {
    const cluster = new FakeCluster(['m1'])
    const disk: Disk = []
    const dying = new Workstation(cluster, disk)
    dying.at('written step-finished m1/copy', () => dying.cutNow())
    await Promise.race([dying.execute(plan(stage('only', whileStopped('m1'), note('done')))), dying.died])

    expect(await new Workstation(cluster, disk).resume()).toEqual({ run: 'finished' })

    expect(disk).toContainEqual(expect.objectContaining({ event: 'brought-back', part: 'm1/while-stopped' }))
    expect(cluster.begun('m1/stop')).toBe(1)
  })

  test('whose close fails says that it may be down, and a resume begins with bringing it back', async () => {
    const cluster = new FakeCluster(['m1'])
    cluster.fault('m1', 'does-not-start')
    const disk: Disk = []
    const outcome = await new Workstation(cluster, disk).execute(whileM1)
    cluster.mend('m1')
    const second = new Workstation(cluster, disk)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/start', why: 'step' } })
    expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('may be down'))
    expect(await second.resume()).toEqual({ run: 'finished' })
    expect(second.points.find(point => point.startsWith('before'))).toBe('before m1/start')
    expect(cluster.node('m1').running).toBe(true)
  })
})

describe('interrupted', () => {
  const twoUpgrades = plan(stage('only', upgrade('m1'), upgrade('m2')))

  test('once, it awaits the step under way, says so, and begins no other', async () => {
    const cluster = new FakeCluster(['m1', 'm2'])
    const workstation = new Workstation(cluster)
    workstation.at('begun m1/upgrade', () => workstation.stop.abort())

    const outcome = await workstation.execute(twoUpgrades)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm2/upgrade', why: 'interrupted' } })
    expect(workstation.state.steps.get('m1/upgrade')?.is).toBe('finished')
    expect(workstation.told).toContainEqual(
      expect.objectContaining({
        event: 'stopping',
        text: expect.stringContaining('m1/upgrade is under way and awaited'),
      }),
    )
  })

  test('a gate stops waiting at once', async () => {
    const cluster = new FakeCluster(['m1', 'm2'])
    cluster.fault('m1', 'does-not-come-back')
    cluster.node('m1').version = '2'
    const workstation = new Workstation(cluster)
    workstation.at('ask all-serve', () => workstation.stop.abort())

    const outcome = await workstation.execute(upgradeOf('m1', 'm2'))

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'all-serve', why: 'interrupted' } })
    expect(cluster.clock.monotonic()).toBe(0)
  })

  test('twice, it leaves the node to finish by itself, and a resume finds it again', async () => {
    const cluster = new FakeCluster(['m1', 'm2'])
    const disk: Disk = []
    const workstation = new Workstation(cluster, disk)
    workstation.at('begun m1/upgrade', () => workstation.detach.abort())

    const outcome = await workstation.execute(twoUpgrades)

    expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm1/upgrade', why: 'interrupted' } })
    expect(workstation.state.steps.get('m1/upgrade')?.is).toBe('started')
    expect(cluster.node('m1').version).toBe('1')
    const second = new Workstation(cluster, disk)
    await second.resume()
    expect(cluster.begun('m1/upgrade')).toBe(1)
    expect(cluster.node('m1').version).toBe('2')
  })

  test('twice, also a performer that does not let go is left', async () => {
    const cluster = new FakeCluster(['m1'])
    const workstation = new Workstation(cluster)
    const deaf = { ...workstation.ports.performers.note, perform: () => new Promise<string>(() => {}) }
    const ports = { ...workstation.ports, performers: { ...workstation.ports.performers, note: deaf } }
    workstation.at('look note/x', () => queueMicrotask(() => setImmediate(() => workstation.detach.abort())))

    expect(await execute(plan(stage('only', note('x'))), 'run-1', ports)).toMatchObject({
      stop: { why: 'interrupted' },
    })
  })
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
