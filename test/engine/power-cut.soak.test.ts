// Two power cuts at every pair of points of every scenario; runs with `npm run soak`.
import { describe, expect, test } from 'vitest'
import { everyCut } from './power-cut.ts'
import { during, everything, faultyAgents, faultyDuring, masters, stepsAndGates, window } from './scenarios.ts'

describe.each([{ away: 0 }, { away: 3600 }])('resumed after $away s', ({ away }) => {
  test.each([stepsAndGates, during, masters, window, everything, faultyAgents, faultyDuring])(
    'every two power cuts: $name',
    async scenario => {
      const { faults, cuts } = await everyCut(scenario, 2, away)

      expect(faults.slice(0, 10)).toEqual([])
      expect(cuts).toBeGreaterThan(1000)
    },
    3_600_000,
  )
})
