// Two definitions of a job: when they say the same, how they differ, and what is on its way from one to the other.
import { describe, expect, test } from 'vitest'
import { isOnTheWay, jobDifferences, pieces, schedulesOf, specOf } from '../../src/metronome/definition.ts'
import { type Job, jobs } from '../../src/metronome/metronome.ts'

/** As dcos/metronome tells one with `embed=schedules&embed=historySummary`. */
const [told] = jobs.parse([
  {
    id: 'prod.report',
    description: 'Sums up the day',
    labels: {},
    run: {
      ...{ cmd: 'report', cpus: 0.1, mem: 32, disk: 0, env: { TOKEN: 'hunter2' }, artifacts: [], volumes: [] },
      ...{ maxLaunchDelay: 3600, placement: { constraints: [] }, restart: { policy: 'NEVER' }, secrets: {} },
    },
    schedules: [
      {
        ...{ id: 'nightly', cron: '15 2 * * *', timezone: 'UTC', startingDeadlineSeconds: 900 },
        ...{ concurrencyPolicy: 'ALLOW', enabled: true, nextRunAt: '2026-11-28T02:15:00.000+0000' },
      },
    ],
    historySummary: { successCount: 7 },
  },
])
const job = (more: object = {}): Job => {
  const [parsed] = jobs.parse([{ ...told, ...more }])
  if (!parsed) throw new Error('there is a job')
  return parsed
}
const written = job({
  ...{ labels: undefined, run: { cmd: 'report', cpus: 0.1, mem: 32, env: { TOKEN: 'hunter2' } } },
  ...{ schedules: [{ id: 'nightly', cron: '15 2 * * *' }], historySummary: undefined },
})

test('a job is the same after Metronome has added what it adds', () => {
  expect(jobDifferences(written, job())).toEqual([])
  expect(jobDifferences(job(), written)).toEqual([])
})

test('it is sent without schedules and history; a schedule without its next run', () => {
  expect(Object.keys(specOf(job())).toSorted()).toEqual(['description', 'id', 'labels', 'run'])
  expect(schedulesOf(job()).get('nightly')).not.toHaveProperty('nextRunAt')
})

describe('what differs', () => {
  test('is told by field and by schedule, without a value', () => {
    const other = job({
      ...{ description: 'another', run: { cmd: 'report --all', cpus: 0.1, mem: 32, env: { TOKEN: 'swordfish' } } },
      schedules: [{ id: 'hourly', cron: '0 * * * *' }],
    })

    const differences = jobDifferences(written, other)

    expect(differences).toEqual(['description', 'run.cmd', 'run.env', 'schedule nightly', 'schedule hourly'])
  })

  test('is a schedule that was switched off', () => {
    const off = job({ schedules: [{ id: 'nightly', cron: '15 2 * * *', enabled: false }] })

    expect(jobDifferences(written, off)).toEqual(['schedule nightly'])
  })
})

describe('a restore that was cut off', () => {
  const before = job({ run: { cmd: 'old', cpus: 0.1, mem: 32 }, schedules: [{ id: 'old', cron: '0 0 * * *' }] })
  const was = pieces(before)

  test.each([
    ['not begun', before],
    ['with its job set', { ...job(), schedules: before.schedules }],
    ['with its old schedule gone', { ...job(), schedules: [] }],
    ['all but done', job()],
  ])('is on its way: %s', (_, living) => {
    expect(isOnTheWay(living, written, was)).toBe(true)
  })

  test.each([
    ['its command', job({ run: { cmd: 'somebody', cpus: 0.1, mem: 32 } })],
    ['a schedule', job({ schedules: [{ id: 'nightly', cron: '0 9 * * *' }] })],
  ])('is not what somebody made of %s', (_, living) => {
    expect(isOnTheWay(living, written, was)).toBe(false)
  })
})
