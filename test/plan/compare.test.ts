// Whether a saved plan still is the one that would be made now: what is asked anew may differ, nothing else.
import { describe, expect, test } from 'vitest'
import { upgrade } from '../../runbooks/upgrade.ts'
import { parsePlan } from '../../src/config/plan-file.ts'
import { planDifferences } from '../../src/plan/compare.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'
import { factsOf, optionsFor, type Topology } from '../runbooks/facts.ts'

const planFor = (topology: Topology): DcosPlan => upgrade(factsOf(topology), optionsFor(factsOf(topology)))
const plan = planFor({ masters: 3, agents: 4 })

/** As somebody would who edits the file; read back as `upgrade PLANFILE` reads it. */
const edited = (change: (text: string) => string): DcosPlan => {
  const text = JSON.stringify(plan)
  const other = change(text)
  expect(other).not.toBe(text)
  return parsePlan(JSON.parse(other))
}
const stagesOf = ({ stages }: DcosPlan) => stages

describe('a saved plan still holds', () => {
  test('when nothing has changed', () => {
    expect(planDifferences(parsePlan(JSON.parse(JSON.stringify(plan))), plan)).toEqual([])
  })

  test('when other masters lead, so that the order and the backup’s sources are others', () => {
    const now = planFor({ masters: 3, agents: 4, leads: { zookeeper: 'm3', marathon: 'm2', mesos: 'm2' } })

    expect(JSON.stringify(now)).not.toBe(JSON.stringify(plan))
    expect(planDifferences(plan, now)).toEqual([])
  })

  test('when some nodes have been upgraded meanwhile', () => {
    expect(planDifferences(plan, planFor({ masters: 3, agents: 4, upgraded: ['m2'] }))).toEqual([])
  })
})

describe('a saved plan is refused', () => {
  test('when a node came or went', () => {
    expect(planDifferences(plan, planFor({ masters: 3, agents: 5 })).join()).toContain('agents: the plan says a1')
  })

  test('when it lets more agents down at once, has other canaries, or forgives more failures', () => {
    for (const [from, to] of [
      ['"atMost":2', '"atMost":4'],
      ['"canaries":1', '"canaries":0'],
      ['"soak":300', '"soak":0'],
      ['"failures":0', '"failures":9'],
    ] as const) {
      const wrong = edited(text => text.replaceAll(from, to))
      expect(planDifferences(wrong, plan), to).toEqual(
        expect.arrayContaining([expect.stringMatching(/^agents.* is another one in the plan$/)]),
      )
    }
  })

  test('when a gate was cut out, or a stage', () => {
    const masters = stagesOf(plan).map(stage => ({
      ...stage,
      parts: stage.parts.map(part =>
        part.kind === 'rolling'
          ? {
              ...part,
              lanes: part.lanes.map(lane => ({ ...lane, parts: lane.parts.filter(({ kind }) => kind === 'step') })),
            }
          : part,
      ),
    }))
    expect(planDifferences({ ...plan, stages: masters }, plan)).toEqual(
      expect.arrayContaining(['masters/m1/others-are-well is not in the plan']),
    )
    const withoutBackup = { ...plan, stages: stagesOf(plan).filter(({ id }) => id !== 'backup') }
    expect(planDifferences(withoutBackup, plan).join()).toContain('backup/take is not in the plan')
  })

  test('when gates come after what they guard', () => {
    const turned = stagesOf(plan).map(stage => ({
      ...stage,
      parts: stage.parts.map(part =>
        part.kind === 'rolling'
          ? { ...part, lanes: part.lanes.map(lane => ({ ...lane, parts: lane.parts.toReversed() })) }
          : part,
      ),
    }))

    expect(planDifferences({ ...plan, stages: turned }, plan)).toEqual(['the plan has its parts in another order'])
  })

  test('when a gate asks fewer nodes, or its patience was changed', () => {
    const fewer = edited(text => text.replaceAll('"others":["m2","m3"]', '"others":["m2"]'))
    const patience = edited(text => text.replaceAll('"within":900', '"within":1'))

    expect(planDifferences(fewer, plan)).toEqual(['masters/m1/others-are-well is another one in the plan'])
    expect(planDifferences(patience, plan).length).toBeGreaterThan(3)
  })

  test('when it is of another cluster, script or version', () => {
    expect(
      planDifferences(
        edited(text => text.replaceAll('00cafe', '00beef')),
        plan,
      ).join(),
    ).toContain('cluster id')
    expect(
      planDifferences(
        edited(text => text.replaceAll('abab', 'cdcd')),
        plan,
      ).join(),
    ).toContain('script')
  })
})

test('masters more than one at a time are no plan at all', () => {
  const text = JSON.stringify(plan).replace('"order":"by-rank","atMost":1', '"order":"by-rank","atMost":2')

  expect(() => parsePlan(JSON.parse(text))).toThrow('one at a time')
})
