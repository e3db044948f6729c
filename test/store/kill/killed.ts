// Kills the program at one moment of its work on a store, and sees that the store is as good as before.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { listBackups } from '../../../src/store/backups.ts'
import { gathered } from '../../../src/store/bytes.ts'
import { usualPatience } from '../../../src/store/s3-retry.ts'
import type { Store } from '../../../src/store/store.ts'
import { verifyBackup } from '../../../src/store/verify-backup.ts'
import { addressOf } from '../double-store.ts'
import { openStore, type StoreAddress } from '../open-store.ts'
import { startS3Double } from '../s3-double/s3-double.ts'
import { clear, cluster, type Work, work } from './cluster.ts'

const earlier = '2026-11-19T020000Z-0000'
const broken = '2026-11-20T020000Z-0000'
const next = '2026-11-21T020000Z-0000'

const here = import.meta.dirname
const program = join(here, 'program.ts')
const preload = join(here, 'die-at-file-call.ts')

/** A moment of the work: before or after the n-th request or file call. */
interface Moment {
  readonly n: number
  readonly at: 'before' | 'after'
}

export interface Medium {
  /** How many moments there are to die at: twice what the work took when nothing killed it. */
  moments(what: Work): Promise<readonly Moment[]>
  /** Kills at this moment, then looks at the store and goes on. */
  killAt(what: Work, moment: Moment): Promise<void>
}

const bothSidesOf = (count: number): readonly Moment[] =>
  Array.from({ length: count }, (_, index) => index + 1).flatMap(n => [
    { n, at: 'before' as const },
    { n, at: 'after' as const },
  ])

/** Requests to the double, which holds one and has the program killed. */
export const bucket: Medium = {
  async moments(what) {
    const double = await startS3Double()
    try {
      const address = addressOf(double, usualPatience)
      await prepared(await openStore(address), what)
      const before = double.requests.length
      await run(what, address)
      return bothSidesOf(double.requests.length - before)
    } finally {
      await double.stop()
    }
  },
  async killAt(what, { n, at }) {
    const double = await startS3Double()
    try {
      const address = addressOf(double, usualPatience)
      await prepared(await openStore(address), what)
      const dying = new AbortController()
      const mend = double.inject({ fault: { name: 'hold', at, held: () => dying.abort() }, from: n })
      const { killed } = await run(what, address, { dying: dying.signal })
      mend()
      expect(killed).toBe(true)
      await expectGood(await openStore(address), what)
    } finally {
      await double.stop()
    }
  },
}

/** Calls of the file system, which the program itself counts. */
export const directory: Medium = {
  async moments(what) {
    return inFolder(async address => {
      await prepared(await openStore(address), what)
      return bothSidesOf(Number((await run(what, address)).stdout))
    })
  },
  async killAt(what, { n, at }) {
    await inFolder(async address => {
      await prepared(await openStore(address), what)
      const { killed } = await run(what, address, { dieAt: `${n}:${at}` })
      expect(killed).toBe(true)
      await expectGood(await openStore(address), what)
    })
  },
}

async function inFolder<T>(task: (address: StoreAddress) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'dcosctl-killed-'))
  try {
    return await task({ kind: 'directory', path })
  } finally {
    await rm(path, { recursive: true })
  }
}

/** Backups are there before; what is to be removed is one of them. */
async function prepared(store: Store, what: Work): Promise<void> {
  await work('take', store, earlier)
  if (what === 'remove') {
    await work('take', store, broken)
    await work('take', store, next)
  }
}

async function run(
  what: Work,
  address: StoreAddress,
  { dying, dieAt }: { readonly dying?: AbortSignal; readonly dieAt?: string } = {},
): Promise<{ readonly killed: boolean; readonly stdout: string }> {
  const env = { ...process.env, ...(dieAt === undefined ? {} : { DIE_AT: dieAt }) }
  const counting = address.kind === 'directory' ? ['--import', preload] : []
  const args = [...counting, program, what, JSON.stringify(address), broken]
  const options = { env, killSignal: 'SIGKILL' as const, ...(dying === undefined ? {} : { signal: dying }) }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, options)
    return { killed: false, stdout }
  } catch (error) {
    if (dying?.aborted || (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL'))
      return { killed: true, stdout: '' }
    throw error
  }
}

/** What was there is well, the broken one is whole or no backup at all, and whoever comes next ends what was begun and goes on. */
async function expectGood(store: Store, what: Work): Promise<void> {
  const others = what === 'take' ? [earlier] : [earlier, next]
  const { whole, damaged } = await listBackups(store, cluster)
  const seen = whole.map(({ backup }) => backup)
  expect(damaged).toEqual([])
  expect(seen.filter(backup => backup !== broken)).toEqual(others)
  await expectWell(store, seen)

  await clear(store, broken)
  const folders = new Set((await gathered(store.list(''))).map(({ key }) => key.split('/')[1]))
  expect([...folders]).toEqual(seen) // leftovers and nothing else went
  expect(await gathered(store.unfinished(''))).toEqual([])

  await work(what, store, broken)
  await work('take', store, next)
  const after = what === 'take' ? [earlier, broken, next] : [earlier, next]
  expect((await listBackups(store, cluster)).whole.map(({ backup }) => backup)).toEqual(after)
  await expectWell(store, after)
}

async function expectWell(store: Store, backups: readonly string[]): Promise<void> {
  for (const backup of backups)
    expect((await verifyBackup(store, cluster.name, backup, { level: 'stored' })).findings).toEqual([])
}
