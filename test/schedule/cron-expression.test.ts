// Cron expressions: what every cron takes is taken and means the same to cron, to us and to systemd; anything else is refused with the reason.
import { execFileSync, spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextRuns, parseCron } from '../../src/schedule/cron-expression.ts'
import { onCalendar } from '../../src/schedule/on-calendar.ts'

// Both reckon in the time zone of the machine, and differ in the hours that a change of its clock doubles or leaves out.
process.env.TZ = 'UTC'

describe('what is taken', () => {
  test.each([
    ['0 2 * * *', ['*-*-* 02:00:00']],
    ['*/15 * * * *', ['*-*-* *:00,15,30,45:00']],
    ['30 1 * * 1-5', ['Mon,Tue,Wed,Thu,Fri *-*-* 01:30:00']],
    ['0 2 */1 * 1', ['Mon *-*-* 02:00:00']],
    ['5 4 * * sun', ['Sun *-*-* 04:05:00']],
    ['5 4 * * 7', ['Sun *-*-* 04:05:00']],
    ['0 3 1,15 jun *', ['*-06-01,15 03:00:00']],
    [
      '0 0-23 1-31/1 * *',
      [
        '*-*-01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31 00,01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17,18,19,20,21,22,23:00:00',
      ],
    ],
    // crontab(5): a day matches where either of the two fields does.
    ['0 2 1 * 1', ['*-*-01 02:00:00', 'Mon *-*-* 02:00:00']],
  ])('%s', (text, lines) => {
    expect(onCalendar(parseCron(text))).toEqual(lines)
  })

  test('more than one blank between fields is one blank', () => {
    expect(parseCron(' 0  2\t* * * ').text).toBe('0 2 * * *')
  })
})

test.each([
  ['', "'' is not five fields"],
  ['0 2 * *', 'is not five fields'],
  ['0 0 2 * * *', 'is not five fields'],
  ['@daily', '@daily is not understood by every cron daemon'],
  ['60 2 * * *', "minute '60': goes from 0 to 59"],
  ['0 24 * * *', "hour '24': goes from 0 to 23"],
  ['0 2 0 * *', "day of the month '0': goes from 1 to 31"],
  ['0 2 * 13 *', "month '13': goes from 1 to 12"],
  ['0 2 * * 8', "day of the week '8': goes from 0 to 7"],
  ['0 2 * * mon-fri', 'may be *, numbers'],
  ['0 2 * * mon,tue', 'not every cron takes names in lists'],
  ['5/10 * * * *', 'a step needs a range: 5-59/10'],
  ['*/61 * * * *', 'a step of 61 leaves the field'],
  ['*/0 * * * *', 'a step of 0 never moves'],
  ['10-5 * * * *', '10-5 runs backwards'],
  ['0 2 L * *', 'may be *, numbers'],
  ['0 2 ? * 1#2', 'may be *, numbers'],
  ['0 2 */2 * 1', 'cron daemons do not agree'],
  ['0 2 30 2 *', 'never comes'],
  ['0 2 * * *\n* * * * * root evil', 'is not five fields'],
])('%j is refused', (text, why) => {
  expect(() => parseCron(text)).toThrow(why)
})

const analyses =
  spawnSync('systemd-analyze', ['calendar', '--iterations=2', '--base-time=2026-11-27 UTC', '*:0']).status === 0
const name = 'systemd names the same next times for the translation as cron reckons'

test.skipIf(!analyses)(analyses ? name : `${name} (not here: no systemd-analyze)`, { timeout: 60_000 }, () => {
  const base = new Date('2026-11-27T10:17:00Z')
  fc.assert(
    fc.property(expressions, text => {
      const lines = onCalendar(parseCron(text))
      const ours = nextRuns({ text }, 5, base).map(moment => moment.toISOString())
      expect(systemdSays(lines, base, 5)).toEqual(ours)
    }),
    { numRuns: 40 },
  )
})

function systemdSays(lines: readonly string[], base: Date, count: number): readonly string[] {
  const at = `${base.toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const said = lines.flatMap(line => {
    const argv = ['calendar', `--iterations=${count}`, `--base-time=${at}`, line]
    const text = execFileSync('systemd-analyze', argv, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
    return [...text.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+) (\S+) UTC/g)].map(([, day, time]) =>
      new Date(`${day}T${time}Z`).toISOString(),
    )
  })
  return [...new Set(said)].toSorted().slice(0, count)
}

/** Expressions in all the shapes that are taken, on days that come often. */
const field = (from: number, to: number) => {
  const number = fc.integer({ min: from, max: to })
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const stepped = fc.tuple(range, fc.integer({ min: 1, max: Math.min(9, to) })).map(([text, step]) => `${text}/${step}`)
  return fc
    .array(fc.oneof(number.map(String), range, stepped), { minLength: 1, maxLength: 3 })
    .map(all => all.join(','))
}
const maybe = (inner: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), inner)
const expressions = fc
  .tuple(maybe(field(0, 59)), maybe(field(0, 23)), maybe(field(1, 28)), maybe(field(1, 12)), maybe(field(0, 7)))
  .map(fields => fields.join(' '))
