// Which run a command is about, and what is said where there is none or its journal is damaged.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { knownRun, readableRun } from '../../src/cli/known-run.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { DamagedJournal } from '../../src/engine/journal.ts'
import { createJournal } from '../../src/engine/journal-file.ts'
import { runFolder, runsFolder } from '../../src/engine/runs.ts'
import { note, plan, stage } from '../engine/plans.ts'

const clock = { now: () => new Date('2026-11-20T02:00:00Z') }
const run = '2026-11-20T020000Z-7f3a'

let environment: { readonly XDG_STATE_HOME: string }
beforeEach(async () => {
  environment = { XDG_STATE_HOME: await mkdtemp(join(tmpdir(), 'dcosctl-known-run-')) }
})
afterEach(() => rm(environment.XDG_STATE_HOME, { recursive: true }))

async function journaled(...events: readonly RunEvent[]): Promise<string> {
  const journal = await createJournal(runFolder(runsFolder(environment, 'orchard'), run), clock)
  await journal.append(events)
  await journal.close()
  return journal.path
}

async function damaged(path: string, from: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, '?'))
}

const started: RunEvent = {
  event: 'run-started',
  run,
  plan: plan(stage('only', note('a'), note('b'))),
  by: { user: 'ana', host: 'h', pid: 1, token: 1 },
}

test('a run with a damaged journal does not go on, but is known as far as it can be read, so that it can be ended', async () => {
  const path = await journaled(started, { event: 'step-started', part: 'note/a' })
  await damaged(path, 'step-started')

  await expect(knownRun('orchard', undefined, environment)).rejects.toThrow(DamagedJournal)

  const { state, lastAt } = await readableRun('orchard', undefined, environment)
  expect(state.status).toEqual({ is: 'running' })
  expect(lastAt).toBe('2026-11-20T02:00:00.000Z')
})

test('where nothing of it can be read, it is said how the cluster is released', async () => {
  const path = await journaled(started)
  await damaged(path, '"plan"')

  await expect(readableRun('orchard', run, environment)).rejects.toMatchObject({
    code: 'REFUSED',
    next: expect.arrayContaining([expect.stringContaining(`dcosctl run abandon ${run} --lost`)]),
  })
})

test('a run whose driver died before its first word can still be released', async () => {
  await journaled()

  await expect(knownRun('orchard', run, environment)).rejects.toMatchObject({
    code: 'USAGE',
    next: expect.arrayContaining([expect.stringContaining(`dcosctl run abandon ${run} --lost`)]),
  })
})
