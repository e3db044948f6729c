// Which node goes next: masters by rank whoever leads what, agents while enough of them are up.
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { choose } from '../../src/actions/choose.ts'
import { checkers } from '../../src/checks/index.ts'
import type { Choice } from '../../src/engine/ports.ts'
import { rolling } from '../../src/plan/words.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'

afterEach(() => void vi.useRealTimers())

const patience = { within: 60, every: 5, steady: 0 }

const next = (
  fake: FakeWorld,
  order: 'by-rank' | 'as-listed',
  lanes: {
    readonly waiting: readonly string[]
    readonly underWay?: readonly string[]
    readonly all?: readonly string[]
  },
  atMost = 1,
): Promise<Choice> =>
  choose(
    rolling(
      'nodes',
      'Nodes',
      { order, atMost, canaries: 0, soak: 0, budget: { failures: 0 }, patience },
      (lanes.all ?? [...lanes.waiting, ...(lanes.underWay ?? [])]).map(node => ({ node, parts: [] })),
    ),
    { waiting: lanes.waiting, underWay: lanes.underWay ?? [] },
    fake.world,
  )

describe('masters', () => {
  const master = fc.constantFrom('m1', 'm2', 'm3')

  test('whoever leads what: who leads Mesos never goes while another one waits, who leads nothing goes first', async () => {
    const some = fc.subarray(['m1', 'm2', 'm3'], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(master, master, master, some, async (zookeeper, marathon, mesos, waiting) => {
        const fake = fakeWorld({ agents: 0 })
        fake.leaders({ zookeeper, marathon, mesos })
        const weight = (name: string) =>
          (name === mesos ? 4 : 0) + (name === marathon ? 2 : 0) + (name === zookeeper ? 1 : 0)

        const choice = await next(fake, 'by-rank', { waiting })

        const [least] = waiting.toSorted((a, b) => weight(a) - weight(b) || a.localeCompare(b))
        expect(choice).toMatchObject({ start: least })
        if (waiting.length > 1) expect(choice).not.toMatchObject({ start: mesos })
      }),
      { numRuns: 80 },
    )
  })

  test('the order is rank, then name, each with its reason', async () => {
    const fake = fakeWorld({ masters: 5 })
    fake.leaders({ zookeeper: 'm1', marathon: 'm2', mesos: 'm3' })
    const order: string[] = []
    let waiting: readonly string[] = ['m5', 'm3', 'm4', 'm2', 'm1']
    while (waiting.length > 0) {
      const choice = await next(fake, 'by-rank', { waiting })
      if (!('start' in choice)) throw new Error(choice.wait)
      order.push(choice.start)
      waiting = waiting.filter(name => name !== choice.start)
    }

    expect(order).toEqual(['m4', 'm5', 'm1', 'm2', 'm3'])
    expect(await next(fake, 'by-rank', { waiting: ['m3', 'm1'] })).toEqual({
      start: 'm1',
      because: 'it leads ZooKeeper; m3 leads Mesos',
    })
  })

  test('a leader that moved is seen at the next turn', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld()
    expect(await next(fake, 'by-rank', { waiting: ['m1', 'm2'] })).toMatchObject({ start: 'm2' })

    fake.leaders({ zookeeper: 'm2', marathon: 'm2', mesos: 'm2' })
    vi.advanceTimersByTime(1_000)

    expect(await next(fake, 'by-rank', { waiting: ['m1', 'm2'] })).toMatchObject({ start: 'm1' })
  })

  test.each([
    ['its node', (fake: FakeWorld) => Object.assign(fake.node('m3'), { reachable: false })],
    ['its Mesos', (fake: FakeWorld) => Object.assign(fake.node('m3').faults, { mesos: 'html' })],
    ['its ZooKeeper', (fake: FakeWorld) => Object.assign(fake.node('m3'), { zookeeper: 'closed' })],
  ])(
    'a master that can not be asked (%s) leaves the rank open: choosing throws, so that the run waits',
    async (_what, spoil) => {
      const fake = fakeWorld()
      spoil(fake)

      await expect(next(fake, 'by-rank', { waiting: ['m1', 'm2'] })).rejects.toThrow('m3')
    },
  )

  test.each(['standby', 'elected-not-recovered'] as const)('while the elected one is %s nobody goes', async mesos => {
    const fake = fakeWorld()
    fake.node('m1').mesos = mesos

    expect(await next(fake, 'by-rank', { waiting: ['m1', 'm2'] })).toEqual({ wait: 'no Mesos master leads now' })
  })

  test('a Marathon that restarts does not hold up the masters', async () => {
    const fake = fakeWorld()
    for (const name of fake.masters) fake.node(name).faults.marathon = '503'

    expect(await next(fake, 'by-rank', { waiting: ['m1', 'm2'] })).toMatchObject({ start: 'm2' })
  })
})

describe('agents', () => {
  const all = ['a1', 'a2', 'a3', 'a4']

  test('go as listed while the window has room', async () => {
    const fake = fakeWorld({ agents: 4 })

    expect(await next(fake, 'as-listed', { waiting: all })).toEqual({
      start: 'a1',
      because: 'it is the next one listed; no other agent is down',
    })
    expect(await next(fake, 'as-listed', { waiting: ['a2', 'a3', 'a4'], underWay: ['a1'] })).toEqual({
      wait: 'a1 is down, at most 1 may be',
    })
    expect(await next(fake, 'as-listed', { waiting: ['a2', 'a3', 'a4'], underWay: ['a1'] }, 2)).toMatchObject({
      start: 'a2',
    })
  })

  test('one that is under way counts once, registered or not', async () => {
    const fake = fakeWorld({ agents: 4 })
    fake.agent('a1').active = false

    expect(await next(fake, 'as-listed', { waiting: ['a2', 'a3', 'a4'], underWay: ['a1'] }, 2)).toMatchObject({
      start: 'a2',
    })
  })

  test('one that is down for another reason takes up a place, finished or not', async () => {
    const fake = fakeWorld({ agents: 4 })
    fake.agent('a1').active = false

    expect(await next(fake, 'as-listed', { waiting: ['a2', 'a3'], all })).toEqual({
      wait: 'a1 is down, at most 1 may be',
    })
    expect(await next(fake, 'as-listed', { waiting: ['a2', 'a3'], all }, 2)).toEqual({
      start: 'a2',
      because: 'it is the next one listed; a1 down',
    })
  })

  test('one that waits and is down already goes first', async () => {
    const fake = fakeWorld({ agents: 4 })
    fake.agents.splice(2, 1)

    expect(await next(fake, 'as-listed', { waiting: all })).toEqual({
      start: 'a3',
      because: 'it is down already; no other agent is down',
    })
  })

  test('two that are down: one of them goes only where the other leaves room', async () => {
    const fake = fakeWorld({ agents: 4 })
    fake.agent('a3').active = false
    fake.agent('a4').active = false

    expect(await next(fake, 'as-listed', { waiting: all })).toEqual({ wait: 'a4 is down, at most 1 may be' })
    expect(await next(fake, 'as-listed', { waiting: all }, 2)).toEqual({
      start: 'a3',
      because: 'it is down already; a4 down',
    })
  })

  test('one that Mesos is about to give up stops the window until it is back', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const fake = fakeWorld({ agents: 4 })
    const askForA1 = () =>
      checkers['agent-registered'](
        { ask: 'agent-registered', node: 'a1', id: fake.agent('a1').id },
        fake.world,
        new AbortController().signal,
      )
    fake.agent('a1').active = false
    await askForA1()
    vi.advanceTimersByTime(240_000)
    const choosing = () => next(fake, 'as-listed', { waiting: ['a2', 'a3', 'a4'], underWay: ['a1'], all }, 3)

    expect(await choosing()).toEqual({ wait: 'a1 must come back first: Mesos is about to give it up' })

    fake.agent('a1').active = true
    vi.advanceTimersByTime(2_000)
    expect(await choosing()).toMatchObject({ start: 'a2' })
  })

  test('without a leader nobody knows who is up: choosing throws, so that the run waits', async () => {
    const fake = fakeWorld({ agents: 4 })
    fake.node('m1').mesos = 'elected-not-recovered'

    await expect(next(fake, 'as-listed', { waiting: all })).rejects.toThrow('no Mesos master leads')
  })
})
