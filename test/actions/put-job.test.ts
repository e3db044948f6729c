// Jobs given back to a fake Metronome, cut off after each call and gone on with.
import { beforeEach, describe, expect, test } from 'vitest'
import { putJob } from '../../src/actions/restore/put-job.ts'
import { removeJob } from '../../src/actions/restore/remove-job.ts'
import { pieces } from '../../src/metronome/definition.ts'
import { jobs } from '../../src/metronome/metronome.ts'
import type { BackupSource } from '../../src/plan/vocabulary.ts'
import type { World } from '../../src/world.ts'
import { type FakeMetronome, fakeMetronome, withServices } from '../fake-apps.ts'
import { fakeWorld } from '../fake-world.ts'
import { backupWith, contextOf } from './restore-backup.ts'

const wanted = {
  id: 'report',
  run: { cmd: 'report', cpus: 0.1, mem: 32 },
  schedules: [{ id: 'nightly', cron: '15 2 * * *' }],
}
const before = {
  id: 'report',
  run: { cmd: 'old', cpus: 0.1, mem: 32 },
  schedules: [{ id: 'hourly', cron: '0 * * * *' }],
}
const was = jobs.parse([before]).flatMap(pieces)

let metronome: FakeMetronome
let world: World
let source: BackupSource

beforeEach(async () => {
  const { store, source: pinned } = await backupWith({ 'metronome/jobs.json': [wanted] })
  metronome = fakeMetronome()
  world = withServices(fakeWorld({ store }).world, { 9000: metronome })
  source = pinned('metronome/jobs.json')
})

const has = ({ schedules, ...spec }: typeof wanted) =>
  metronome.jobs.set(spec.id, { spec, schedules: new Map(schedules.map(one => [one.id, one])) })
const action = (known: readonly string[]) => ({ do: 'put-job', id: 'report', source, was: known }) as const
const look = (known: readonly string[]) => putJob.look(action(known), world, contextOf())
const perform = (known: readonly string[]) => putJob.perform(action(known), world, contextOf())

test('a job that is missing is created, then its schedule; after that it is in place', async () => {
  expect(await look([])).toBe('absent')

  expect(await perform([])).toBe('report is as in the backup, schedules: 1')

  expect(metronome.changes).toEqual(['POST /v1/jobs', 'POST /v1/jobs/report/schedules'])
  expect(await look([])).toBe('in-place')
})

test('a job that differs is set; a schedule that the backup has not goes first, for a job takes only one', async () => {
  has(before)
  expect(await look(was)).toBe('absent')

  await perform(was)

  expect(metronome.changes).toEqual([
    'PUT /v1/jobs/report',
    'DELETE /v1/jobs/report/schedules/hourly',
    'POST /v1/jobs/report/schedules',
  ])
})

test.each([1, 2, 3])('cut off after call %i, it is looked at as not done, and the rest is done', async calls => {
  has(before)
  metronome.dropsAfter = calls

  await expect(perform(was)).rejects.toThrow('the line dropped')
  metronome.dropsAfter = undefined

  expect(await look(was)).toBe(calls === 3 ? 'in-place' : 'absent')
  await perform(was)
  expect(metronome.changes).toHaveLength(3)
  expect(await look(was)).toBe('in-place')
})

describe('a person’s matter', () => {
  test('is a job that somebody changed since the plan, or removed', async () => {
    expect(await look(was)).toEqual({ unclear: expect.stringContaining('is gone') })
    has({ ...before, run: { cmd: 'somebody', cpus: 0.1, mem: 32 } })
    expect(await look(was)).toEqual({ unclear: expect.stringContaining('somebody changed it') })
    expect(await look([])).toEqual({ unclear: expect.stringContaining('somebody changed it') })
  })
})

describe('a job that is to go', () => {
  const gone = { do: 'remove-job', id: 'report', was } as const

  test('is absent, removed, in place', async () => {
    has(before)
    expect(await removeJob.look(gone, world, contextOf())).toBe('absent')

    await removeJob.perform(gone, world, contextOf())

    expect(await removeJob.look(gone, world, contextOf())).toBe('in-place')
  })

  test('stays while a run of it is under way: nobody’s run is ended for it', async () => {
    has(before)
    metronome.running.add('report')

    await expect(removeJob.perform(gone, world, contextOf())).rejects.toThrow('409 There are active job runs.')

    expect(metronome.changes).toEqual(['DELETE /v1/jobs/report'])
  })
})

test('while no Metronome leads, a look says so', async () => {
  world = withServices(world, { 9000: { answer: () => ({ status: 503, headers: {}, body: Buffer.from('') }) } })

  await expect(look([])).rejects.toThrow('no Metronome leads')
})
