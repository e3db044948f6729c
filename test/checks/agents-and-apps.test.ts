// What the checks of agents, apps and the comparison with before tell apart.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Check } from '../../src/plan/vocabulary.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { verdictOf } from './verdict.ts'

afterEach(() => void vi.useRealTimers())

describe('agents-registered', () => {
  const ask = (fake: FakeWorld, wanted: readonly string[] | 'all-known' = 'all-known') =>
    verdictOf(fake, { ask: 'agents-registered', wanted })

  test('all that the cluster file names are active', async () => {
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: '3 active', wanted: '3 active' })
  })

  test('one that is registered and not active is named', async () => {
    const fake = fakeWorld()
    fake.agent('a2').active = false

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: 'a2 not active',
      wanted: '3 active',
      remedy: expect.stringContaining('dcos-mesos-slave'),
    })
  })

  test('one that Mesos does not list is missed because the cluster file names it', async () => {
    const fake = fakeWorld()
    fake.agents.pop()

    expect(await ask(fake)).toMatchObject({ well: false, saw: 'a3 not active', wanted: '3 active' })
  })

  test('one that Mesos holds for unreachable is counted', async () => {
    const fake = fakeWorld()
    fake.unreachableAgents = 1

    expect(await ask(fake)).toMatchObject({ well: false, saw: '1 unreachable' })
  })

  test('one that is not wanted may be away', async () => {
    const fake = fakeWorld()
    fake.agent('a3').active = false

    expect(await ask(fake, ['a1', 'a2'])).toMatchObject({ well: true })
  })

  test('of many that are missing five are named and the rest counted', async () => {
    const fake = fakeWorld({ agents: 9 })
    for (const agent of fake.agents) agent.active = false

    expect(await ask(fake)).toMatchObject({ saw: 'a1, a2, a3, a4, a5 and 4 more not active' })
  })

  test('an empty cluster of a leader that has not recovered is not taken for one without agents', async () => {
    const fake = fakeWorld()
    fake.node('m1').mesos = 'elected-not-recovered'

    expect(await ask(fake, [])).toMatchObject({ well: false, saw: 'no Mesos master leads with a recovered registry' })
  })
})

describe('agent-registered', () => {
  const check: Check = { ask: 'agent-registered', node: 'a2', id: '68f22737-S1' }
  const wanted = 'active in Mesos under its id'

  test('one that is active under its id is well', async () => {
    expect(await verdictOf(fakeWorld(), check)).toEqual({ well: true, saw: 'active, 68f22737-S1', wanted })
  })

  test('one that is inactive, and one that is missing, are told apart', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld()
    fake.agent('a2').active = false
    expect(await verdictOf(fake, check)).toMatchObject({ well: false, saw: 'it is registered but not active (away)' })

    fake.agents.splice(1, 1)
    vi.advanceTimersByTime(2_000)
    expect(await verdictOf(fake, check)).toMatchObject({ well: false, saw: 'it is not registered (away)' })
  })

  test('one with another id has lost its tasks', async () => {
    const fake = fakeWorld()
    fake.agent('a2').id = '68f22737-S9'

    expect(await verdictOf(fake, check)).toMatchObject({
      well: false,
      saw: 'it is active, but as 68f22737-S9: it lost its identity, and its tasks',
      wanted,
    })
  })

  test('how long it has been away is counted down to where Mesos gives it up, and forgotten when it is back', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld()
    fake.agent('a2').active = false
    const saw = async () => (await verdictOf(fake, check)).saw

    expect(await saw()).toMatch(/ \(away\)$/)
    vi.advanceTimersByTime(130_000)
    expect(await saw()).toMatch(/ \(away for 2 of 5 min\)$/)
    vi.advanceTimersByTime(110_000)
    expect(await saw()).toMatch(/ \(away for 4 of 5 min, Mesos gives it up soon\)$/)

    fake.agent('a2').active = true
    vi.advanceTimersByTime(2_000)
    expect(await saw()).toBe('active, 68f22737-S1')
    fake.agent('a2').active = false
    vi.advanceTimersByTime(2_000)
    expect(await saw()).toMatch(/ \(away\)$/)
  })
})

describe('no-deployments', () => {
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'no-deployments' })

  test('none under way is well', async () => {
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: 'none', wanted: 'no deployment under way' })
  })

  test('those under way are counted, their apps named once', async () => {
    const fake = fakeWorld()
    fake.marathon.deployments.push({ id: 'd1', affectedApps: ['/web'] }, { id: 'd2', affectedApps: ['/web', '/db'] })

    expect(await ask(fake)).toMatchObject({ well: false, saw: '2 under way, of /web, /db' })
  })
})

describe('as-before', () => {
  const baseline = {
    frameworkId: '68f22737-0001',
    agents: [
      { node: 'a1', address: '127.0.0.21', id: '68f22737-S0' },
      { node: 'a2', address: '127.0.0.22', id: '68f22737-S1' },
    ],
    apps: [{ id: '/web', instances: 3, running: 3, unhealthy: 0 }],
  }
  const saw = async (change: (fake: FakeWorld) => void) => {
    const fake = fakeWorld({ agents: 2 })
    change(fake)
    const { well, saw } = await verdictOf(fake, { ask: 'as-before', baseline })
    return well ? `well: ${saw}` : saw
  }

  test('the same agents and apps are well', async () => {
    expect(await saw(() => {})).toBe('well: agents: 2, apps: 1, as before')
  })

  test('an agent that is gone, and one with another id, are told apart', async () => {
    expect(await saw(fake => void fake.agents.pop())).toBe('agent a2 is gone')
    expect(await saw(fake => Object.assign(fake.agent('a1'), { active: false }))).toBe('agent a1 is gone')
    expect(await saw(fake => Object.assign(fake.agent('a1'), { id: 'S9' }))).toBe('agent a1 has another id')
  })

  test('an app that is gone, runs less or is less healthy is worse', async () => {
    const app = (change: Readonly<Record<string, number>>) =>
      saw(fake => Object.assign(fake.marathon, { apps: fake.marathon.apps.map(app => ({ ...app, ...change })) }))

    expect(await saw(fake => void fake.marathon.apps.pop())).toBe('app /web is gone')
    expect(await app({ tasksRunning: 2 })).toBe('app /web runs 2 of 3')
    expect(await app({ tasksUnhealthy: 1 })).toBe('app /web has 1 unhealthy tasks')
    expect(await app({ tasksRunning: 4, instances: 4 })).toContain('well')
  })

  test('another framework id means that the old tasks are orphans', async () => {
    expect(await saw(fake => Object.assign(fake.marathon, { frameworkId: 'F-9' }))).toBe(
      "Marathon's framework id is F-9",
    )
    expect(await saw(fake => Object.assign(fake.marathon, { frameworkId: null }))).toBe(
      "Marathon's framework id is none",
    )
  })

  test('without a Marathon that leads there is nothing to compare with', async () => {
    expect(await saw(fake => Object.assign(fake.marathon, { leader: undefined }))).toBe('no Marathon leads')
  })
})
