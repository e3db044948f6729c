// The power goes at every point of a run; whoever goes on finds everything done once, in order, and nothing left down.
// Two cuts: a sample; all pairs of all scenarios are in power-cut.soak.test.ts.
import { describe, expect, test } from 'vitest'
import { abandonAtEveryCut, everyCut, gatesInFront } from './power-cut.ts'
import { during, everything, faultyAgents, faultyDuring, masters, stepsAndGates, window } from './scenarios.ts'

const minute = 60_000
const atOnce = 0
const anHourLater = 3600

describe.each([
  { away: atOnce, when: 'resumed at once' },
  { away: anHourLater, when: 'resumed an hour later' },
])('$when', ({ away }) => {
  test.each([stepsAndGates, during, masters, window, everything, faultyAgents, faultyDuring])(
    'every single power cut: $name',
    async scenario => {
      const { faults, cuts } = await everyCut(scenario, 1, away)

      expect(faults.slice(0, 10)).toEqual([])
      expect(cuts).toBeGreaterThan(30)
    },
    minute,
  )
})

test.each([during, masters])(
  'every two power cuts, resumed at once: $name',
  async scenario => {
    const { faults, cuts } = await everyCut(scenario, 2, atOnce)

    expect(faults.slice(0, 10)).toEqual([])
    expect(cuts).toBeGreaterThan(1000)
  },
  minute,
)

test.each([during, everything])(
  'a run abandoned after any power cut leaves nothing down: $name',
  async scenario => {
    const { faults, cuts } = await abandonAtEveryCut(scenario)

    expect(faults.slice(0, 10)).toEqual([])
    expect(cuts).toBeGreaterThan(30)
  },
  minute,
)

test('the gates that must be asked before each step are those right in front of it', () => {
  expect(gatesInFront(everything.plan).get('m2/stop-again')).toEqual(['before-masters', 'm2/others-serve'])
  expect(gatesInFront(everything.plan).get('m2/upgrade')).toEqual(['m2/really-stopped'])
  expect(gatesInFront(everything.plan).get('note/ended')).toEqual([])
})
