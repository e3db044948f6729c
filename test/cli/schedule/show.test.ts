// Whether a backup can be counted on: what is scheduled, how the last one ended, and how old the newest good one is.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LastBackup, lastBackupPath, writeLast } from '../../../src/cli/nightly/record.ts'
import { processMark } from '../../../src/cli/nightly/under-way.ts'
import { notWell, reportOf, scheduleText } from '../../../src/cli/schedule/show.ts'
import { clusterFile } from '../../../src/config/schema.ts'
import { marked, seeFile } from '../../../src/schedule/own-file.ts'
import { directoryStore } from '../../../src/store/directory.ts'
import { scratch } from '../../scratch.ts'
import { takeBackupAt } from '../../store/history.ts'
import { circumstances } from '../../store/sample-backup.ts'

const cluster = { name: 'lab', id: '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0' }
/** As a clock on the wall of this host, for cron reckons by that. */
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, day, hour, minute)

/** A host with a schedule whose file was written on the 20th of November at noon. */
async function host({ cron = '0 2 * * *', jitter = 600, written = at(20, 12) } = {}) {
  const folder = scratch()
  const [path, config, directory] = ['dcosctl-lab', 'lab.yaml', 'backups'].map(name => join(folder, name))
  if (!path || !config || !directory) throw new Error('three names make three paths')
  mkdirSync(directory)
  writeFileSync(config, '')
  const facts = {
    ...{ cluster: cluster.name, id: cluster.id, system: 'cron' as const, cron, jitter },
    ...{ user: 'dcos', home: folder, launcher: process.execPath, config },
  }
  writeFileSync(path, marked(facts, 'a line\n'))
  utimesSync(path, written, written)
  const file = clusterFile.parse({
    ...{ cluster, masters: [{ name: 'm1', address: '192.0.2.1' }], ssh: {} },
    ...{ store: { directory }, encryption: 'none' },
  })
  const state = { XDG_STATE_HOME: join(folder, '.local', 'state') }
  const report = async (now: Date, store = directory) => {
    const installed = [{ system: 'cron' as const, files: [{ path, seen: await seeFile(path) }] }]
    const seen = await reportOf({ ...file, store: { directory: store } }, installed, now)
    // Whether a cron daemon runs on the machine of the test is not asked here.
    return { ...seen, problems: seen.problems.filter(problem => !problem.startsWith('no cron daemon')) }
  }
  return {
    directory,
    report,
    problems: async (now: Date, store?: string) => (await report(now, store)).problems,
    good: (finished: Date) => takeBackupAt(directoryStore(directory), cluster, '2026-11-20T02', { finished }),
    last: (of: Partial<LastBackup>) => writeLast(lastBackupPath(state, cluster.name), { ...taken, ...of }),
  }
}

const taken: LastBackup = {
  ...{ format: 'dcosctl-last-backup', version: 1, clusterId: cluster.id },
  ...{ started: circumstances.started, process: null, lastSuccess: null },
  ended: { at: circumstances.finished, exit: 0, code: 'DONE', what: 'taken' },
}

/** This process, as that of a backup. */
async function living() {
  const mark = await processMark(process.pid)
  if (mark === undefined) throw new Error('this host has no /proc')
  return { pid: process.pid, mark }
}

test('a schedule that is not due yet is well, with an empty store, and with old backups', async () => {
  const { problems, good } = await host()
  expect(await problems(at(21, 1, 59))).toEqual([])
  expect(await problems(at(21, 2, 14))).toEqual([]) // The jitter, and what cron needs.

  await good(at(2, 2))
  expect(await problems(at(21, 1, 59))).toEqual([])
})

test('a store without a good backup is not well once a night was due', async () => {
  const { problems, directory } = await host()

  expect(await problems(at(21, 2, 16))).toEqual([
    `there is no good backup in ${directory}, and one was due ${at(21, 2).toISOString()}`,
  ])
})

test('the newest good one may miss a night, which may have been skipped, but not two', async () => {
  const { problems, good } = await host()
  const backup = await good(at(23, 2, 9))

  expect(await problems(at(24, 12))).toEqual([])
  expect(await problems(at(25, 2, 14))).toEqual([])
  expect(await problems(at(25, 2, 16))).toEqual([
    `the newest good backup, ${backup}, is 2 d old, and two were due since`,
  ])
})

test('a schedule of weekdays may rest on Sunday', async () => {
  const { problems, good } = await host({ cron: '0 2 * * 1-5' })
  await good(at(26, 2, 9)) // a Thursday

  expect(await problems(at(29, 12))).toEqual([]) // Friday's alone was missed
  expect(await problems(at(30, 12))).toEqual([expect.stringContaining('two were due since')])
})

test('the night that is under way is not held against it', async () => {
  const { problems, last } = await host()
  await last({ started: at(21, 2, 8).toISOString(), process: await living(), ended: null })

  expect(await problems(at(21, 4))).toEqual([])
})

test('a store that can not be asked is not well', async () => {
  const { problems } = await host()

  expect(await problems(at(21, 1), '/nowhere/at/all')).toEqual([
    expect.stringMatching(/^how old the newest good backup is can't be seen \(\/nowhere\/at\/all: /),
  ])
})

test('a last one that never ended and whose process is gone is not well', async () => {
  const { report, good, last } = await host()
  await good(at(23, 2, 9))
  const started = at(24, 2, 1)
  await last({ started: started.toISOString(), process: { pid: process.pid, mark: 'another boot 1' }, ended: null })

  const seen = await report(at(24, 12))

  expect(seen.problems).toEqual([
    `the last one, begun ${started.toISOString()}, never ended, and its process ${process.pid} is gone`,
  ])
  expect(scheduleText(seen, at(24, 12))).toContain('; it was killed\n')
  expect(notWell(seen)).toMatchObject({
    ...{ code: 'UNWELL', exitCode: 3 },
    next: expect.arrayContaining(['take one, and see why it fails:  dcosctl backup']),
  })
})

test('a last one that has been under way for a day is not well', async () => {
  const { problems, good, last } = await host()
  await good(at(24, 1, 9))
  await last({ started: at(23, 12).toISOString(), process: await living(), ended: null })

  expect(await problems(at(24, 11))).toEqual([])
  expect(await problems(at(24, 13))).toEqual([
    expect.stringContaining(`hangs: its process ${process.pid} is still there`),
  ])
})

test('a last one that failed is not well, one that was skipped is', async () => {
  const { problems, good, last } = await host()
  await good(at(23, 2, 9))
  const ended = { at: at(24, 2, 9).toISOString(), what: 'it is at work' }

  await last({ ended: { ...ended, exit: 4, code: 'NO_RESULT' } })
  expect(await problems(at(24, 12))).toEqual(['the last one failed (NO_RESULT, exit 4)'])
  await last({ ended: { ...ended, exit: 5, code: 'SKIPPED' } })
  expect(await problems(at(24, 12))).toEqual([])
})
