// What keeps a run from going on, the claim, the journal, the operator, a step that fails: nothing new begins, nothing is left down.
import { describe, expect, test } from 'vitest'
import { execute } from '../../src/engine/engine.ts'
import { FakeCluster } from './fake-cluster.ts'
import { note, plan, stage, step, upgrade, upgradeOf, whileStopped } from './plans.ts'
import { type Disk, Workstation } from './workstation.ts'

const oneUpgrade = plan(stage('only', upgrade('m1'), note('done')))

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

  test('a node that does not answer a look holds nothing up', async () => {
    const workstation = new Workstation(new FakeCluster(['m1']))
    const silent = { ...workstation.ports.performers.note, look: () => new Promise<'absent'>(() => {}) }
    const ports = { ...workstation.ports, performers: { ...workstation.ports.performers, note: silent } }
    workstation.at('written run-started', () => setImmediate(() => workstation.stop.abort()))

    const outcome = await execute(plan(stage('only', note('x'))), 'run-1', ports)

    expect(outcome).toMatchObject({ stop: { part: 'note/x', why: 'interrupted' } })
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
    workstation.at('look note/x', () => setImmediate(() => workstation.detach.abort()))

    expect(await execute(plan(stage('only', note('x'))), 'run-1', ports)).toMatchObject({
      stop: { why: 'interrupted' },
    })
  })
})
