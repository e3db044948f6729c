// Lanes: one at a time by rank, canaries, soak, the window, the budget; and what a resume does with them.
import { expect, test } from 'vitest'
import { execute } from '../../src/engine/engine.ts'
import { FakeCluster } from './fake-cluster.ts'
import { plan, rolling, serves, stage, upgrade, upgradeOf } from './plans.ts'
import { type Disk, Workstation } from './workstation.ts'

const agents = (count: number): string[] => Array.from({ length: count }, (_, at) => `a${at + 1}`)

function agentsPlan(nodes: readonly string[], change: Parameters<typeof rolling>[2]) {
  return plan(
    stage(
      'agents',
      rolling(
        'agents',
        nodes.map(node => ({ node, parts: [upgrade(node), serves(node)] })),
        change,
      ),
    ),
  )
}

test('a master that does not come back pauses the run before the next one goes down', async () => {
  const cluster = new FakeCluster(['m1', 'm2', 'm3'])
  cluster.fault('m2', 'does-not-come-back')

  const outcome = await new Workstation(cluster).execute(upgradeOf('m1', 'm2', 'm3'))

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'm2/serves', why: 'gate' } })
  expect(cluster.upgrades).toEqual(['m2'])
  expect(cluster.violations).toEqual([])
})

test('once it is mended, a resumed run goes on with the lane that stopped and asks no finished one', async () => {
  const cluster = new FakeCluster(['m1', 'm2', 'm3'])
  const disk: Disk = []
  cluster.fault('m3', 'does-not-come-back')
  await new Workstation(cluster, disk).execute(upgradeOf('m1', 'm2', 'm3'))
  cluster.mend('m3')
  const second = new Workstation(cluster, disk)

  expect(await second.resume()).toEqual({ run: 'finished' })

  expect(cluster.upgrades).toEqual(['m2', 'm3', 'm1'])
  expect(second.points).toContain('ask serves m3')
  expect(second.points).not.toContain('ask serves m2')
  expect(second.points).not.toContain('ask others-serve m3')
})

test('when the leader moves the order adapts, with the reason in the journal', async () => {
  const cluster = new FakeCluster(['m1', 'm2', 'm3'])
  cluster.leader = 'm3'
  const workstation = new Workstation(cluster).at('ended m1/upgrade', () => {
    cluster.leader = 'm2'
  })

  await workstation.execute(upgradeOf('m1', 'm2', 'm3'))

  expect(cluster.upgrades).toEqual(['m1', 'm3', 'm2'])
  expect(workstation.state.rollings.get('masters')?.choices).toEqual([
    { node: 'm1', because: 'leads nothing' },
    { node: 'm3', because: 'leads nothing' },
    { node: 'm2', because: 'leads' },
  ])
})

test('canaries go one at a time, then soak, then the window slides', async () => {
  const cluster = new FakeCluster(agents(6), 3)
  const workstation = new Workstation(cluster)

  await workstation.execute(agentsPlan(agents(6), { atMost: 3, canaries: 2, soak: 600 }))

  const order = workstation.told.flatMap(event => {
    if (event.event === 'lane-started') return [`+${event.node}`]
    if (event.event === 'lane-finished') return [`-${event.node}`]
    return event.event === 'soaked' ? ['soaked'] : []
  })
  expect(order.slice(0, 8)).toEqual(['+a1', '-a1', '+a2', '-a2', 'soaked', '+a3', '+a4', '+a5'])
  expect(order).toHaveLength(13)
  expect(cluster.violations).toEqual([])
})

test('a canary that stops opens no window, whatever the budget', async () => {
  const cluster = new FakeCluster(agents(4), 4)
  cluster.fault('a1', 'script-fails')

  const outcome = await new Workstation(cluster).execute(
    agentsPlan(agents(4), { atMost: 3, canaries: 1, budget: { failures: 3 } }),
  )

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'a1/upgrade', why: 'step' } })
  expect(cluster.upgrades).toEqual(['a1'])
})

test('within the budget the other lanes go on, and the run pauses at the end of the rolling', async () => {
  const cluster = new FakeCluster(agents(5), 5)
  cluster.fault('a2', 'does-not-come-back')

  const outcome = await new Workstation(cluster).execute(agentsPlan(agents(5), { atMost: 2, budget: { failures: 1 } }))

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'a2/serves', why: 'gate' } })
  expect(cluster.upgrades).toEqual(agents(5))
})

test('over the budget no new lane starts, those under way end', async () => {
  const cluster = new FakeCluster(agents(6), 6)
  for (const node of ['a1', 'a2']) cluster.fault(node, 'script-fails')
  const workstation = new Workstation(cluster)

  const outcome = await workstation.execute(agentsPlan(agents(6), { atMost: 3, budget: { failures: 1 } }))

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'a1/upgrade', why: 'budget' } })
  expect(cluster.upgrades).toEqual(['a1', 'a2', 'a3', 'a4']) // a4 took the place of a1, before a2 stopped too
  for (const node of ['a3', 'a4'])
    expect(workstation.state.rollings.get('agents')?.lanes.get(node)).toMatchObject({ is: 'finished' })
})

test('a chooser that says "wait" is asked until patience is spent, then the run pauses with its reason', async () => {
  const cluster = new FakeCluster(['m1', 'm2'])
  const workstation = new Workstation(cluster)
  const ports = { ...workstation.ports, choose: async () => ({ wait: 'nobody leads' }) }

  const outcome = await execute(upgradeOf('m1', 'm2'), 'run-1', ports)

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'masters', why: 'gate' } })
  expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('nobody leads'))
  expect(cluster.clock.monotonic()).toBeGreaterThanOrEqual(300_000)
})

test('a held node is not begun, and keeps the rolling from being finished', async () => {
  const cluster = new FakeCluster(['m1', 'm2'])
  const disk: Disk = []
  await new Workstation(cluster, disk)
    .at('ask all-serve', () => cluster.fault('m2', 'looks-odd'))
    .execute(upgradeOf('m1', 'm2'))
  cluster.mend('m2')
  disk.push({ event: 'held', node: 'm1', by: 'operator', reason: 'its disk is being replaced' })

  const outcome = await new Workstation(cluster, disk).resume()

  expect(outcome).toMatchObject({ run: 'paused', stop: { part: 'masters', why: 'gate' } })
  expect(outcome).toHaveProperty('stop.reason', expect.stringContaining('its disk is being replaced'))
  expect(cluster.upgrades).toEqual(['m2'])
})

test('ten thousand agents are rolled in seconds', async () => {
  const nodes = agents(10_000)
  const cluster = new FakeCluster(nodes, 100)
  cluster.goesDown = () => {} // asking ten thousand nodes before each of them is the fake's cost, not the engine's

  const outcome = await new Workstation(cluster).execute(agentsPlan(nodes, { atMost: 100, canaries: 1, soak: 60 }))

  expect(outcome).toEqual({ run: 'finished' })
  expect(cluster.upgrades).toHaveLength(10_000)
}, 30_000)
