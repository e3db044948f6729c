// Simulated: a fake world of ten thousand agents. What is decided from their list is decided at once, when the list is there.
import { expect, test } from 'vitest'
import { choose } from '../../src/actions/choose.ts'
import { rolling } from '../../src/plan/words.ts'
import { discoverAgents } from '../../src/survey/mesos-leader.ts'
import { fakeWorld } from '../fake-world.ts'
import { verdictOf } from './verdict.ts'

const patience = { within: 60, every: 5, steady: 0 }

test('with ten thousand simulated agents, half of them down, choosing and counting take less than 100 ms each', async () => {
  const fake = fakeWorld({ agents: 10_000 })
  for (const agent of fake.agents.slice(5_000)) agent.active = false
  const names = (await discoverAgents(fake.world)).map(({ name }) => name)
  const options = { order: 'as-listed', atMost: 100, canaries: 0, soak: 0, budget: { failures: 0 }, patience } as const
  const lanes = names.map(node => ({ node, parts: [] }))
  const agents = rolling('agents', 'Agents', options, lanes)

  const began = performance.now()
  const choice = await choose(agents, { waiting: names, underWay: [] }, fake.world)
  const chosen = performance.now()
  const verdict = await verdictOf(fake, { ask: 'agents-registered', wanted: names })
  const counted = performance.now()

  expect(choice).toEqual({
    wait: 'a5002, a5003, a5004, a5005, a5006 and 4994 more are down, at most 100 may be',
  })
  expect(verdict).toMatchObject({ well: false, saw: 'a5001, a5002, a5003, a5004, a5005 and 4995 more not active' })
  expect(chosen - began).toBeLessThan(100)
  expect(counted - chosen).toBeLessThan(100)
})
