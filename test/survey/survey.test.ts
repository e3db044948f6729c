// What a survey makes of a cluster: all facts, or a refusal that says what is missing.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { HttpRequest } from '../../src/ssh/host.ts'
import { firstThatAnswers } from '../../src/survey/first-that-answers.ts'
import { whoLeads } from '../../src/survey/leaders.ts'
import { leadingMarathon } from '../../src/survey/marathon.ts'
import { healthOf } from '../../src/survey/master-health.ts'
import { withoutThoseDown } from '../../src/survey/masters-aside.ts'
import { agentsSeen, discoverAgents } from '../../src/survey/mesos-leader.ts'
import { nodeSays } from '../../src/survey/node.ts'
import { survey } from '../../src/survey/survey.ts'
import type { World } from '../../src/world.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'

afterEach(() => void vi.useRealTimers())

/** The same world, and what is asked over HTTP in it, as `m1/slaves`. */
function overheard({ world }: FakeWorld): { readonly world: World; readonly heard: Map<string, HttpRequest[]> } {
  const heard = new Map<string, HttpRequest[]>()
  const host = async (name: string) => {
    const real = await world.hosts.host(name)
    return {
      ...real,
      http: (request: HttpRequest) => {
        const what = `${name}${request.path.replace(/\?.*/, '')}`
        heard.set(what, [...(heard.get(what) ?? []), request])
        return real.http(request)
      },
    }
  }
  return { world: { ...world, hosts: { host, close: world.close } }, heard }
}

describe('a survey', () => {
  test('has versions, leaders, agents by name, and apps', async () => {
    const fake = fakeWorld({ agents: 10 })
    fake.leaders({ zookeeper: 'm3', mesos: 'm2' })
    fake.marathon.apps.unshift({ id: '/zoo', instances: 2, tasksRunning: 1, tasksUnhealthy: 1 })

    const { masters, agents, marathon } = await survey(fake.world)

    expect(masters).toEqual([
      { name: 'm1', address: '127.0.0.11', role: 'master', version: '2.1.1', leads: ['marathon'] },
      { name: 'm2', address: '127.0.0.12', role: 'master', version: '2.1.1', leads: ['mesos'] },
      { name: 'm3', address: '127.0.0.13', role: 'master', version: '2.1.1', leads: ['zookeeper'] },
    ])
    expect(agents.map(({ name }) => name).slice(-2)).toEqual(['a9', 'a10'])
    expect(agents[0]).toEqual({
      ...{ name: 'a1', address: '127.0.0.21', role: 'agent' },
      ...{ id: '68f22737-S0', active: true, version: '2.1.1' },
    })
    expect(marathon).toEqual({
      frameworkId: '68f22737-0001',
      apps: [
        { id: '/web', instances: 3, running: 3, unhealthy: 0 },
        { id: '/zoo', instances: 2, running: 1, unhealthy: 1 },
      ],
    })
  })

  test('goes on without the version of an agent that can not be asked', async () => {
    const fake = fakeWorld()
    fake.node('a2').reachable = false

    const { agents } = await survey(fake.world)

    expect(agents.map(({ version }) => version)).toEqual(['2.1.1', undefined, '2.1.1'])
  })

  test.each<[string, (fake: FakeWorld) => void, RegExp]>([
    ['a master that can not be reached', fake => Object.assign(fake.node('m2'), { reachable: false }), /m2/],
    ['a ZooKeeper out of the quorum', fake => Object.assign(fake.node('m2'), { zookeeper: 'not-serving' }), /quorum/],
    [
      'a leader that has not recovered',
      fake => Object.assign(fake.node('m1'), { mesos: 'elected-not-recovered' }),
      /No Mesos master leads with a recovered registry/,
    ],
    ['a Mesos that wants credentials', fake => Object.assign(fake.node('m3').faults, { mesos: '401' }), /credentials/],
    ['no Marathon that leads', fake => Object.assign(fake.marathon, { leader: undefined }), /no Marathon leads/],
  ])('is refused for %s', async (_what, spoil, message) => {
    const fake = fakeWorld()
    spoil(fake)

    await expect(survey(fake.world)).rejects.toThrow(message)
  })
})

describe('who leads', () => {
  test('three leaders are three different things', async () => {
    const fake = fakeWorld()
    fake.leaders({ zookeeper: 'm2', marathon: 'm3', mesos: 'm3' })

    expect([...(await whoLeads(fake.world))]).toEqual([
      ['m1', []],
      ['m2', ['zookeeper']],
      ['m3', ['marathon', 'mesos']],
    ])
  })

  test('a single master leads all, its ZooKeeper alone', async () => {
    expect([...(await whoLeads(fakeWorld({ masters: 1 }).world))]).toEqual([['m1', ['zookeeper', 'marathon', 'mesos']]])
  })

  test("a master's metrics are asked once for all who ask at the same time, and a failure is not kept", async () => {
    const { world, node } = fakeWorld()
    expect(healthOf(world, 'm1')).toBe(healthOf(world, 'm1'))

    node('m2').reachable = false
    await expect(healthOf(world, 'm2')).rejects.toThrow("m2 can't be reached")
    node('m2').reachable = true
    expect(await healthOf(world, 'm2')).toMatchObject({ standing: 'standby', recovered: true })
  })

  test('the state is that of the master that leads, wherever the others point', async () => {
    const fake = fakeWorld()
    fake.leaders({ mesos: 'm3' })
    fake.node('m1').reachable = false
    fake.node('m2').namesLeader = '127.0.0.11'

    expect((await agentsSeen(fake.world)).agents).toHaveLength(3)
  })

  test('when nobody leads, those who could not be asked are named', async () => {
    const fake = fakeWorld()
    fake.node('m1').reachable = false

    await expect(agentsSeen(fake.world)).rejects.toThrow(
      "no Mesos master leads with a recovered registry; m1 can't be reached: no route to host",
    )
    for (const name of fake.masters) fake.node(name).faults.marathon = '503'
    await expect(leadingMarathon(fake.world)).rejects.toThrow(/^no Marathon leads; .*Marathon on m2 answered .*503/)
  })
})

describe('agents', () => {
  test('are asked for once by all who ask within two seconds, and anew after that', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld()
    const { world, heard } = overheard(fake)
    const asked = () => heard.get('m1/slaves')?.length

    const both = await Promise.all([agentsSeen(world), agentsSeen(world)])
    expect(both.map(({ agents }) => agents.length)).toEqual([3, 3])
    vi.advanceTimersByTime(1_999)
    await agentsSeen(world)
    expect(asked()).toBe(1)

    fake.agents.pop()
    vi.advanceTimersByTime(1)
    expect((await agentsSeen(world)).agents).toHaveLength(2)
    expect(asked()).toBe(2)
  })

  test('are asked for again at once when the answer was a failure, and when another master leads', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld()
    const { world, heard } = overheard(fake)
    const { http } = fake.node('m1').host
    const refuse = vi.spyOn(fake.node('m1').host, 'http').mockImplementation(async request => {
      if (request.path === '/slaves') throw new Error('cut off')
      return http(request)
    })

    await expect(agentsSeen(world)).rejects.toThrow('cut off')
    refuse.mockRestore()
    expect((await agentsSeen(world)).agents).toHaveLength(3)

    vi.advanceTimersByTime(1_000)
    fake.leaders({ mesos: 'm2' })
    await agentsSeen(world)
    expect(heard.get('m2/slaves')).toHaveLength(1)
  })

  test('those that Mesos gave up for now are counted', async () => {
    const fake = fakeWorld()
    fake.unreachableAgents = 2

    expect(await agentsSeen(fake.world)).toMatchObject({ unreachable: 2 })
  })

  test('and apps may fill a larger answer than other questions, and take longer', async () => {
    const { world, heard } = overheard(fakeWorld())

    await survey(world)

    const large = { within: 60_000, maxBytes: 256 * 1024 * 1024 }
    expect(heard.get('m1/slaves')).toMatchObject([large])
    expect(heard.get('m1/v2/apps')).toMatchObject([large])
    expect(heard.get('m1/v2/info')?.[0]).toMatchObject({ within: 15_000 })
  })

  test('that are discovered can be reached by name from then on', async () => {
    const fake = fakeWorld()
    expect(fake.world.nodes.has('a1')).toBe(false)

    await discoverAgents(fake.world)

    expect(fake.world.nodes.get('a1')).toEqual({ name: 'a1', address: '127.0.0.21', role: 'agent' })
  })

  test('have the name of the cluster file, or the one that Mesos gives them', async () => {
    const fake = fakeWorld({ file: { nodes: { '127.0.0.21': { name: 'front' } } } })
    fake.agent('a2').hostname = 'agent-two.example'

    expect((await discoverAgents(fake.world)).map(({ name }) => name)).toEqual([
      'front',
      'agent-two.example',
      '127.0.0.23',
    ])
  })
})

test('a node that ran no script to its end is named with what it said', async () => {
  const { world, node } = fakeWorld()
  const { host } = node('m1')
  const refusing = { ...host, run: async () => ({ exit: 1, stdout: '', stderr: 'sh: not allowed\n' }) }

  await expect(nodeSays({ hosts: { host: async () => refusing, close: world.close } }, 'm1')).rejects.toThrow(
    "m1 can't say what it is: sh: not allowed.",
  )
})

test('the first that answers speaks; when none does, all reasons are said, each once', async () => {
  const asked: string[] = []
  const ask = async (name: string) => {
    asked.push(name)
    if (name !== 'm2') throw new Error('down')
    return name
  }

  expect(await firstThatAnswers(['m1', 'm2', 'm3'], ask)).toBe('m2')
  expect(asked).toEqual(['m1', 'm2'])
  await expect(firstThatAnswers(['m1', 'm3'], ask)).rejects.toThrow(/^none of m1, m3 answers: down$/)
})

describe('masters that are down', () => {
  test('are set aside, with the reason, and the rest is surveyed without them', async () => {
    const fake = fakeWorld()
    fake.leaders({ zookeeper: 'm3', mesos: 'm2', marathon: 'm3' })
    fake.node('m1').reachable = false

    const { world, aside } = await withoutThoseDown(fake.world)

    expect(aside).toEqual([{ name: 'm1', why: expect.stringContaining('m1'), isReached: false, serves: false }])
    expect((await survey(world)).masters.map(({ name }) => name)).toEqual(['m2', 'm3'])
  })

  test('a master whose ZooKeeper alone is out of the quorum is reached all the same', async () => {
    const fake = fakeWorld()
    fake.node('m2').zookeeper = 'not-serving'

    const { aside } = await withoutThoseDown(fake.world)

    expect(aside).toEqual([{ name: 'm2', why: expect.stringContaining('quorum'), isReached: true, serves: false }])
  })

  test('a refusal is no outage: a Mesos that wants credentials is an error', async () => {
    const fake = fakeWorld()
    fake.node('m3').faults.mesos = '401'

    await expect(withoutThoseDown(fake.world)).rejects.toThrow(/credentials/)
  })
})
