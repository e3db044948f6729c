// Which backups the rules keep: examples that a person can check, and what must hold for any set of backups and any rules.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newBackupId } from '../../src/store/manifest.ts'
import { type Candidate, fatesOf, type Keep, type Rules } from '../../src/store/retention.ts'

const nothing: Keep = { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }
const rules = (keep: Partial<Keep>, zone = 'UTC'): Rules => ({ keep: { ...nothing, ...keep }, zone })
const named = (moment: string): Candidate => ({
  backup: newBackupId(new Date(moment), '0000'),
  isWell: false,
})
const kept = (candidates: readonly Candidate[], by: Rules): readonly string[] =>
  fatesOf(candidates, by)
    .filter(({ isKept }) => isKept)
    .map(({ backup }) => backup)
const moments = (...all: readonly string[]): readonly Candidate[] => all.map(named)
const dayAndHour = (backups: readonly string[]) => backups.map(backup => backup.slice(5, 13))

describe('by example', () => {
  test('daily keeps the newest of each of the last days that have one', () => {
    const all = moments(
      '2026-11-01T02:00Z',
      '2026-11-01T14:00Z',
      '2026-11-05T02:00Z',
      '2026-11-05T03:00Z',
      '2026-11-20T02:00Z',
    )

    expect(dayAndHour(kept(all, rules({ daily: 2 })))).toEqual(['11-05T03', '11-20T02'])
    expect(dayAndHour(kept(all, rules({ daily: 3 })))).toEqual(['11-01T14', '11-05T03', '11-20T02'])
  })

  test('weeks begin on Monday, and the turn of the year is in the week of its Thursday', () => {
    const all = moments('2026-12-27T02:00Z', '2026-12-28T02:00Z', '2027-01-03T02:00Z', '2027-01-04T02:00Z')

    expect(fatesOf(all, rules({ weekly: 9 })).map(({ because }) => because)).toEqual([
      'weekly 2026-W52',
      'weekly: a newer one of 2026-W53',
      'weekly 2026-W53',
      'weekly 2027-W01',
    ])
  })

  test('a day begins at midnight of the zone', () => {
    const all = moments('2026-11-20T22:30Z', '2026-11-20T23:30Z')

    expect(kept(all, rules({ daily: 5 }))).toHaveLength(1)
    expect(kept(all, rules({ daily: 5 }, 'Europe/Berlin'))).toHaveLength(2)
  })

  test('an hour that comes twice when clocks are set back is one day all the same', () => {
    const all = moments('2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T22:59Z', '2026-10-25T23:01Z')

    expect(dayAndHour(kept(all, rules({ daily: 9 }, 'Europe/Berlin')))).toEqual(['10-25T22', '10-25T23'])
  })

  test('each says every rule that keeps it, or why no rule does', () => {
    const all = moments(
      '2026-09-30T02:00Z',
      '2026-10-30T02:00Z',
      '2026-10-31T02:00Z',
      '2026-11-20T02:00Z',
      '2026-11-20T03:00Z',
    )

    expect(fatesOf(all, rules({ last: 1, daily: 2, monthly: 2, yearly: 1 })).map(({ because }) => because)).toEqual([
      'not among the last 1; daily: beyond the last 2; monthly: beyond the last 2; yearly: a newer one of 2026',
      'not among the last 1; daily: beyond the last 2; monthly: a newer one of 2026-10; yearly: a newer one of 2026',
      'daily 2026-10-31; monthly 2026-10',
      'not among the last 1; daily: a newer one of 2026-11-20; monthly: a newer one of 2026-11; yearly: a newer one of 2026',
      'last 1; daily 2026-11-20; monthly 2026-11; yearly 2026',
    ])
  })

  test('the newest one that is well is kept whatever the rules say', () => {
    const all = moments('2026-11-01T02:00Z', '2026-11-02T02:00Z', '2026-11-03T02:00Z').map((one, index) => ({
      ...one,
      isWell: index < 2,
    }))

    expect(dayAndHour(kept(all, rules({ last: 1 })))).toEqual(['11-02T02', '11-03T02'])
  })
})

describe('for any backups and any rules', () => {
  const moment = fc.date({ min: new Date('2024-12-20'), max: new Date('2027-01-10'), noInvalidDate: true })
  const candidates = fc.uniqueArray(
    fc.record({ backup: fc.tuple(moment, fc.integer({ min: 0, max: 65535 })).map(nameOf), isWell: fc.boolean() }),
    { selector: ({ backup }) => backup, maxLength: 60 },
  )
  const few = fc.integer({ min: 0, max: 6 })
  const anyRules = fc.record({
    keep: fc.record({ last: few, daily: few, weekly: few, monthly: few, yearly: few }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'America/Caracas'),
  })

  test('kept is the union of what each rule keeps by itself', () => {
    fc.assert(
      fc.property(candidates, anyRules, (all, by) => {
        const names: readonly (keyof Keep)[] = ['last', 'daily', 'weekly', 'monthly', 'yearly']
        const alone = names.flatMap(name => kept(all, { ...by, keep: { ...nothing, [name]: by.keep[name] } }))
        expect(new Set(kept(all, by))).toEqual(new Set([...alone, ...kept(all, { ...by, keep: nothing })]))
      }),
    )
  })

  test('each rule keeps one backup of each period, its newest', () => {
    fc.assert(
      fc.property(candidates, few, (all, daily) => {
        const days = new Map(all.map(({ backup }) => [backup.slice(0, 10), backup] as const).toSorted())
        const newest = [...days.values()].toSorted().slice(daily === 0 ? days.size : -daily)
        expect(
          kept(
            all.map(one => ({ ...one, isWell: false })),
            rules({ daily }),
          ),
        ).toEqual(newest)
      }),
    )
  })

  test('raising a rule never removes more', () => {
    fc.assert(
      fc.property(candidates, anyRules, fc.constantFrom(...keysOfKeep), few, (all, by, name, more) => {
        const after = new Set(kept(all, { ...by, keep: { ...by.keep, [name]: by.keep[name] + more } }))
        expect(kept(all, by).filter(backup => !after.has(backup))).toEqual([])
      }),
    )
  })

  test('removing any part of what is not kept changes no other fate: neither a second prune nor one beside it removes more', () => {
    fc.assert(
      fc.property(candidates, anyRules, fc.infiniteStream(fc.boolean()), (all, by, coin) => {
        const before = fatesOf(all, by)
        const gone = new Set(
          before.filter(({ isKept }) => !isKept && coin.next().value === true).map(({ backup }) => backup),
        )

        const after = fatesOf(
          all.filter(({ backup }) => !gone.has(backup)),
          by,
        )

        const fate = ({ backup, isKept }: { backup: string; isKept: boolean }) => ({ backup, isKept })
        expect(after.map(fate)).toEqual(before.filter(({ backup }) => !gone.has(backup)).map(fate))
      }),
    )
  })

  test('every one has a fate with a reason, oldest first, in whatever order they came', () => {
    fc.assert(
      fc.property(candidates, anyRules, (all, by) => {
        const fates = fatesOf(all, by)
        expect(fates.map(({ backup }) => backup)).toEqual(all.map(({ backup }) => backup).toSorted())
        expect(fatesOf(all.toReversed(), by)).toEqual(fates)
        if (Object.values(by.keep).some(wanted => wanted > 0))
          expect(fates.filter(({ because }) => because === '')).toEqual([])
      }),
    )
  })
})

const keysOfKeep = ['last', 'daily', 'weekly', 'monthly', 'yearly'] as const

function nameOf([at, random]: readonly [Date, number]): string {
  return newBackupId(at, random.toString(16).padStart(4, '0'))
}
