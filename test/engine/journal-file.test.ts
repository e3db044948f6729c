// The journal on a real disk: private, durable, shared fsyncs, and an end at the first write that fails.
import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { type AppendedFile, groupCommit } from '../../src/engine/group-commit.ts'
import { DamagedJournal } from '../../src/engine/journal.ts'
import { createJournal, journalPath, openJournal, readJournal, salvageJournal } from '../../src/engine/journal-file.ts'
import { latestUnfinished, listRuns, newRunName, runFolder, runsFolder } from '../../src/engine/runs.ts'
import { note, plan, stage } from './plans.ts'

const clock = { now: () => new Date('2026-11-20T02:00:00Z') }
const started = (run = 'run-1'): RunEvent => ({
  event: 'run-started',
  run,
  plan: plan(stage('only', note('a'), note('b'))),
  by: { user: 'u', host: 'h', pid: 1, token: 1 },
})
const began = (part: string): RunEvent => ({ event: 'step-started', part })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dcosctl-journal-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('it is readable by its owner alone, in a folder that is', async () => {
  const journal = await createJournal(join(folder, 'runs', 'run-1'), clock)
  await journal.append([started()])
  await journal.close()

  expect((await stat(journal.path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'runs'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, 'runs', 'run-1'))).mode & 0o777).toBe(0o700)
})

test('a second journal for the same run is refused', async () => {
  await (await createJournal(folder, clock)).close()

  await expect(createJournal(folder, clock)).rejects.toThrow(/EEXIST/)
})

test('opened again, it goes on with the next number', async () => {
  const first = await createJournal(folder, clock)
  await first.append([started(), began('note/a')])
  await first.close()
  const second = await openJournal(folder, clock)
  await second.append([began('note/b')])
  await second.close()

  expect(second.records).toHaveLength(2)
  expect((await readJournal(folder)).map(({ seq }) => seq)).toEqual([1, 2, 3])
})

test('a torn last line is cut off before anything is appended', async () => {
  const first = await createJournal(folder, clock)
  await first.append([started()])
  await first.close()
  await appendFile(first.path, '{"v":1,"seq":2,"at":"2026')
  const second = await openJournal(folder, clock)
  await second.append([began('note/a')])
  await second.close()

  expect((await readJournal(folder)).map(({ event }) => event.event)).toEqual(['run-started', 'step-started'])
})

describe('a damaged journal', () => {
  async function damaged(): Promise<Buffer> {
    const journal = await createJournal(folder, clock)
    await journal.append([started(), began('note/a'), began('note/b')])
    await journal.close()
    const text = (await readFile(journal.path, 'utf8')).replace('note/a"}', 'note/c"}')
    await writeFile(journal.path, text)
    return readFile(journal.path)
  }

  test('is not opened and not touched', async () => {
    const before = await damaged()

    await expect(openJournal(folder, clock)).rejects.toThrow(DamagedJournal)

    expect(await readFile(journalPath(folder))).toEqual(before)
  })

  test('is salvaged for its end: the readable part goes on, the damaged file is kept', async () => {
    const before = await damaged()

    const { journal, kept } = await salvageJournal(folder, clock)
    await journal.append([{ event: 'run-abandoned', by: 'u', reason: 'damaged' }])
    await journal.close()

    expect((await readJournal(folder)).map(({ event }) => event.event)).toEqual(['run-started', 'run-abandoned'])
    expect(await readFile(kept ?? '')).toEqual(before)
    expect((await readdir(folder)).sort()).toHaveLength(2)
  })
})

describe('appending', () => {
  /** A file whose fsyncs end when the test says so. */
  function slowFile() {
    const syncs: PromiseWithResolvers<void>[] = []
    const written: string[] = []
    const file: AppendedFile = {
      appendFile: async data => {
        written.push(data)
      },
      sync: () => {
        const sync = Promise.withResolvers<void>()
        syncs.push(sync)
        return sync.promise
      },
    }
    return { file, syncs, written }
  }
  const settled = () => new Promise(resolve => setImmediate(resolve))

  test('what comes while an fsync runs shares the next one', async () => {
    const { file, syncs, written } = slowFile()
    const journal = groupCommit(file, 0, clock)
    const ended: string[] = []
    const append = (name: string) => journal.append([began(name)]).then(() => ended.push(name))
    const all = [append('a')]
    await settled()
    all.push(append('b'), append('c'), append('d'))
    await settled()

    expect(syncs).toHaveLength(1)
    expect(ended).toEqual([])
    syncs[0]?.resolve()
    await settled()
    expect(ended).toEqual(['a'])
    expect(syncs).toHaveLength(2)
    syncs[1]?.resolve()
    await Promise.all(all)
    expect(ended).toEqual(['a', 'b', 'c', 'd'])
    expect(written.join('').trim().split('\n')).toHaveLength(4)
  })

  test('after an fsync that failed nothing is written any more', async () => {
    const { file, syncs, written } = slowFile()
    const journal = groupCommit(file, 0, clock)
    const first = journal.append([began('a')])
    await settled()
    const second = journal.append([began('b')])
    syncs[0]?.reject(new Error('EIO'))

    await expect(first).rejects.toThrow('EIO')
    await expect(second).rejects.toThrow('EIO')
    await expect(journal.append([began('c')])).rejects.toThrow('EIO')
    expect(written).toHaveLength(1)
  })

  test('a full disk rejects', async () => {
    const full = await open('/dev/full', 'w')
    try {
      await expect(groupCommit(full, 0, clock).append([began('a')])).rejects.toThrow(/ENOSPC/)
    } finally {
      await full.close()
    }
  })
})

describe('the runs of a cluster', () => {
  test('live under the state folder, whatever the cluster is called', () => {
    expect(runsFolder({ XDG_STATE_HOME: '/state' }, 'prod')).toBe('/state/dcosctl/prod/runs')
    expect(runsFolder({ XDG_STATE_HOME: '/state' }, '../../etc')).toBe('/state/dcosctl/..%2F..%2Fetc/runs')
    expect(runsFolder({ XDG_STATE_HOME: '/state' }, '..')).toBe('/state/dcosctl/%2E%2E/runs')
    expect(runsFolder({ XDG_STATE_HOME: 'relative' }, 'prod')).toMatch(/^\/.*\.local\/state\/dcosctl\/prod\/runs$/)
  })

  test('have names that sort by time', () => {
    expect(newRunName(new Date('2026-11-20T02:00:00.123Z'), '7f3a')).toBe('2026-11-20T020000Z-7f3a')
  })

  test('are listed oldest first, the unreadable and those that never began too', async () => {
    for (const [run, events] of [
      ['1', [started('1'), { event: 'run-finished' }]],
      ['2', [started('2')]],
      ['3', [started('3'), { event: 'run-abandoned', by: 'u', reason: 'r' }]],
      ['4', []],
    ] satisfies [string, RunEvent[]][]) {
      const journal = await createJournal(runFolder(folder, run), clock)
      if (events.length > 0) await journal.append(events)
      await journal.close()
    }
    const listed = await listRuns(folder)

    expect(listed.map(run => ('state' in run ? run.state.status.is : 'never began'))).toEqual([
      'finished',
      'running',
      'abandoned',
      'never began',
    ])
    expect(await latestUnfinished(folder)).toMatchObject({ run: '2' })
    await appendFile(journalPath(runFolder(folder, '3')), 'rubbish\n')
    expect(await latestUnfinished(folder)).toMatchObject({ run: '3', because: expect.stringContaining('damaged') })
  })

  test('are none while there is no folder', async () => {
    expect(await listRuns(join(folder, 'nowhere'))).toEqual([])
  })
})
