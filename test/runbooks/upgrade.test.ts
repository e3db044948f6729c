// The upgrade's plan: one golden text per topology, and the rules it must never break.
import { describe, expect, test } from 'vitest'
import { upgrade } from '../../runbooks/upgrade.ts'
import { describeAction } from '../../src/plan/describe.ts'
import { planText } from '../../src/plan/text.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'
import { factsOf, optionsFor, type Topology } from './facts.ts'

const topologies: { readonly [name: string]: Topology } = {
  '1 master, no agents': { masters: 1, agents: 0 },
  '1 master, 12 agents': { masters: 1, agents: 12 },
  '3 masters, all leaders on one, no agents': { masters: 3, agents: 0 },
  '3 masters, all leaders on one, 12 agents': { masters: 3, agents: 12 },
  '3 masters, leaders on three, 12 agents': {
    masters: 3,
    agents: 12,
    leads: { zookeeper: 'm3', marathon: 'm1', mesos: 'm2' },
  },
  '5 masters, all leaders on one, no agents': {
    masters: 5,
    agents: 0,
    leads: { zookeeper: 'm4', marathon: 'm4', mesos: 'm4' },
  },
  '5 masters, leaders on three, 12 agents': {
    masters: 5,
    agents: 12,
    leads: { zookeeper: 'm2', marathon: 'm5', mesos: 'm1' },
  },
  '3 masters, 12 agents, resumed half way': {
    masters: 3,
    agents: 12,
    leads: { zookeeper: 'm2', marathon: 'm1', mesos: 'm1' },
    upgraded: ['m3', 'm2'],
  },
}

const planFor = (topology: Topology): DcosPlan => upgrade(factsOf(topology), optionsFor(factsOf(topology)))

describe.each(Object.entries(topologies))('%s', (name, topology) => {
  const plan = planFor(topology)

  test('reads as it did before', async () => {
    await expect(planText(plan, describeAction)).toMatchFileSnapshot(`../golden/upgrade ${name}.txt`)
  })

  test('fits 80 columns, but for what has no space to break at', () => {
    for (const line of planText(plan, describeAction).split('\n')) {
      if (line.trim().split(' ').length > 2) expect(line.length).toBeLessThanOrEqual(80)
    }
  })

  test('names every part once', () => {
    const ids = plan.stages
      .flatMap(({ parts }) => parts)
      .flatMap(part =>
        part.kind === 'rolling'
          ? [part.id, ...part.lanes.flatMap(({ parts }) => parts.map(({ id }) => id))]
          : [part.id],
      )
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('lets no master go down before all others were asked', () => {
    for (const lane of lanesOf(plan, 'masters')) {
      expect(lane.parts[0]).toMatchObject({ kind: 'gate', check: { ask: 'others-are-well', node: lane.node } })
      expect(lane.parts[1]).toMatchObject({ kind: 'step', action: { do: 'upgrade-node', node: lane.node } })
    }
  })

  test('takes and reads back a backup before the first master', () => {
    expect(plan.stages.map(({ id }) => id).indexOf('backup')).toBeLessThan(
      plan.stages.map(({ id }) => id).indexOf('masters'),
    )
  })
})

test('the standby is first, Mesos leader last', () => {
  const order = lanesOf(
    planFor({ masters: 3, agents: 0, leads: { zookeeper: 'm1', marathon: 'm2', mesos: 'm2' } }),
    'masters',
  )

  expect(order.map(({ node }) => node)).toEqual(['m3', 'm1', 'm2'])
})

test('a10 comes after a9', () => {
  const lanes = lanesOf(planFor({ masters: 1, agents: 12 }), 'agents')

  expect(lanes.map(({ node }) => node).slice(-3)).toEqual(['a10', 'a11', 'a12'])
})

const lanesOf = (plan: DcosPlan, rolling: string) =>
  plan.stages
    .flatMap(({ parts }) => parts)
    .flatMap(part => (part.kind === 'rolling' && part.id === rolling ? part.lanes : []))
