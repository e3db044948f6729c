// What is known of a backup after it was verified again: levels only rise by what was seen, and fall by what failed.
import { expect, test } from 'vitest'
import type { Verified, VerifiedLevel } from '../../src/store/verified.ts'
import { highestOf, type Outcome, verifiedAfter } from '../../src/store/verified-after.ts'

const [monday, tuesday] = ['2026-11-23T02:00:00.000Z', '2026-11-24T02:00:00.000Z']

const outcome = (at: string, reached: VerifiedLevel | undefined, failed?: VerifiedLevel): Outcome => ({
  ...{ backup: '2026-11-20T020000Z-7f3a', clusterId: 'id', at, reached },
  failed: failed && { level: failed, why: 'it broke' },
})
const drilledOnMonday: Verified = verifiedAfter(undefined, outcome(monday, 'drilled'))

test('a level that was reached implies those below, and leaves those above as they were', () => {
  const { reached, failed } = verifiedAfter(drilledOnMonday, outcome(tuesday, 'decoded'))

  expect(reached).toEqual({ stored: tuesday, decoded: tuesday, opened: monday, drilled: monday })
  expect(failed).toBeNull()
})

test('a level that failed takes those above with it', () => {
  const { reached, failed } = verifiedAfter(drilledOnMonday, outcome(tuesday, 'stored', 'opened'))

  expect(reached).toEqual({ stored: tuesday, decoded: monday })
  expect(failed).toEqual({ at: tuesday, level: 'opened', why: 'it broke' })
})

test('a backup whose bytes are not as they were has reached nothing', () => {
  const known = verifiedAfter(drilledOnMonday, outcome(tuesday, undefined, 'stored'))

  expect(known.reached).toEqual({})
  expect(highestOf(known)).toBeUndefined()
})

test('a failure stays known until its own level was well again', () => {
  const broken = verifiedAfter(undefined, outcome(monday, 'stored', 'opened'))

  expect(verifiedAfter(broken, outcome(tuesday, 'decoded')).failed).toMatchObject({ level: 'opened' })
  expect(verifiedAfter(broken, outcome(tuesday, 'opened')).failed).toBeNull()
})
