// Patience: how long a gate asks, what it says meanwhile, and who may let it pass.
import { expect, test } from 'vitest'
import { execute } from '../../src/engine/engine.ts'
import type { Verdict } from '../../src/plan/types.ts'
import { FakeCluster } from './fake-cluster.ts'
import { gate, note, plan, stage, upgradeOf } from './plans.ts'
import { type Disk, Workstation } from './workstation.ts'

const allServe = { ask: 'all-serve' } as const

/** Runs one gate over these answers; the last one is repeated. */
async function overAnswers(patience: Parameters<typeof gate>[2], answers: readonly (boolean | string | Error)[]) {
  const cluster = new FakeCluster(['m1'])
  const workstation = new Workstation(cluster)
  let asked = 0
  const answer = async (): Promise<Verdict> => {
    const next = answers[Math.min(asked++, answers.length - 1)] ?? false
    if (next instanceof Error) throw next
    return { well: next === true, saw: String(next), wanted: 'true' }
  }
  const ports = { ...workstation.ports, checkers: { ...workstation.ports.checkers, 'all-serve': answer } }
  const outcome = await execute(plan(stage('only', gate('gate', allServe, patience))), 'run-1', ports)
  const journaled = workstation.told.flatMap(event =>
    event.event === 'gate-unwell' || event.event === 'gate-passed' ? [`${event.event} ${event.verdict.saw}`] : [],
  )
  return { outcome, asked, journaled, seconds: cluster.clock.monotonic() / 1000 }
}

test('a gate that is well at once passes after one question', async () => {
  const { outcome, asked, seconds } = await overAnswers({}, [true])

  expect({ outcome, asked, seconds }).toEqual({ outcome: { run: 'finished' }, asked: 1, seconds: 0 })
})

test('a gate that stays unwell pauses the run when its patience is spent, saying what it waited for and what it saw', async () => {
  const { outcome, seconds } = await overAnswers({ within: 60, every: 10 }, ['2 of 3'])

  expect(outcome).toEqual({
    run: 'paused',
    stop: { part: 'gate', why: 'gate', reason: 'waited 60 s for "all-serve (gate)", but 2 of 3 (wanted true)' },
  })
  expect(seconds).toBe(60)
})

test('it journals what it sees only when that changes', async () => {
  const { journaled } = await overAnswers({}, ['1 of 3', '1 of 3', '2 of 3', '2 of 3', true])

  expect(journaled).toEqual(['gate-unwell 1 of 3', 'gate-unwell 2 of 3', 'gate-passed true'])
})

test('steady means well for that long without a break', async () => {
  const { outcome, asked, seconds } = await overAnswers({ every: 10, steady: 30 }, [true, true, 'no', true])

  expect(outcome).toEqual({ run: 'finished' })
  expect({ asked, seconds }).toEqual({ asked: 7, seconds: 60 })
})

test('one that is well when its patience ends may become steady, one bad answer then pauses', async () => {
  expect((await overAnswers({ within: 30, every: 10, steady: 40 }, ['no', 'no', true])).outcome.run).toBe('finished')
  expect((await overAnswers({ within: 30, every: 10, steady: 40 }, ['no', true, true, true, 'no'])).outcome.run).toBe(
    'paused',
  )
})

test('a check that throws is not well, because …', async () => {
  const { outcome } = await overAnswers({ within: 10 }, [new Error('m1 does not answer')])

  expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('could not be asked: m1 does not answer'))
})

test('a check that never answers does not hold up the run for ever', async () => {
  const workstation = new Workstation(new FakeCluster(['m1']))
  const silent = () => new Promise<Verdict>(() => {})
  const ports = { ...workstation.ports, checkers: { ...workstation.ports.checkers, 'all-serve': silent } }

  const outcome = await execute(plan(stage('only', gate('gate', allServe, { within: 100 }))), 'run-1', ports)

  expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('no answer within'))
})

test('without patience it is asked once', async () => {
  const { outcome, asked } = await overAnswers({ within: 0, every: 0 }, ['no', true])

  expect({ run: outcome.run, asked }).toEqual({ run: 'paused', asked: 1 })
})

test('a laptop that slept through all patience does not pause at its first look', async () => {
  const cluster = new FakeCluster(['m1'])
  const workstation = new Workstation(cluster)
  let asked = 0
  const answer = async (): Promise<Verdict> => {
    if (++asked === 2) cluster.clock.suspendInNextSleep(3 * 3600)
    return { well: asked === 5, saw: 'the network is not up yet', wanted: 'well' }
  }
  const ports = { ...workstation.ports, checkers: { ...workstation.ports.checkers, 'all-serve': answer } }

  const outcome = await execute(plan(stage('only', gate('gate', allServe, { within: 60, every: 10 }))), 'run-1', ports)

  expect(outcome).toEqual({ run: 'finished' })
  expect(cluster.clock.monotonic()).toBeGreaterThan(3 * 3600 * 1000)
})

test('an override lets a gate pass once, by name; what it saw stays in the journal', async () => {
  const cluster = new FakeCluster(['m1', 'm2', 'm3'])
  const disk: Disk = []
  cluster.fault('m2', 'does-not-come-back')
  await new Workstation(cluster, disk).execute(upgradeOf('m1', 'm2', 'm3'))
  disk.push({ event: 'overridden', part: 'm2/serves', by: 'operator', reason: 'it will be replaced' })
  const second = new Workstation(cluster, disk)

  const outcome = await second.resume()

  expect(disk).toContainEqual({
    event: 'gate-passed',
    part: 'm2/serves',
    verdict: { well: false, saw: 'm2 does not serve', wanted: 'm2 serves' },
  })
  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm3/others-serve' } })
  expect(cluster.upgrades).toEqual(['m2'])
  expect(second.state.gates.get('m2/serves')?.override).toBeUndefined()
})

test('on resume, gates in front of what is finished are not asked, those after it are', async () => {
  const cluster = new FakeCluster(['m1'])
  const disk: Disk = []
  const first = new Workstation(cluster, disk)
  first.at('ask all-serve', () => {}).at('ended note/done', () => first.stop.abort())
  const gates = plan(
    stage('well', gate('first', allServe)),
    stage('work', gate('in-front', allServe), note('done'), gate('after', allServe)),
  )
  await first.execute(gates)
  const second = new Workstation(cluster, disk)

  await second.resume()

  expect(second.told.flatMap(event => (event.event === 'gate-passed' ? [event.part] : []))).toEqual(['after'])
})
