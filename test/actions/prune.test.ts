// Pruning a real directory and a bucket of the S3 double: what goes, what never goes, and what is decided anew right before.
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { performers } from '../../src/actions/index.ts'
import { planPrune, pruneTable } from '../../src/cli/prune-plan.ts'
import type { StepContext } from '../../src/engine/ports.ts'
import type { Action } from '../../src/plan/vocabulary.ts'
import { listBackups } from '../../src/store/backups.ts'
import { gathered, once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import type { Store } from '../../src/store/store.ts'
import { readVerified, recordVerified, type Verified } from '../../src/store/verified.ts'
import type { World } from '../../src/world.ts'
import { fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'
import { keys } from '../store/conformance.ts'
import { doubleStore } from '../store/double-store.ts'
import { backupAt, takeBackupAt } from '../store/history.ts'

const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }
const now = new Date('2026-11-25T12:00:00Z')

let root = ''
let store: Store
beforeEach(() => {
  root = scratch()
  store = directoryStore(root)
})

const worldOf = (of: Store, keep: object = { last: 1, daily: 2 }): World =>
  fakeWorld({ store: of, file: { retention: { keep } } }).world

const days = ['2026-11-20T02', '2026-11-21T02', '2026-11-22T02', '2026-11-22T14']
async function takeAll(of: Store = store): Promise<void> {
  for (const day of days) await takeBackupAt(of, cluster, day)
}

const context: StepContext = {
  ...{ run: '2026-11-25T120000Z-0000', part: 'remove/x', attempt: 1, token: 0, signal: new AbortController().signal },
  say: () => {},
}

const actionsOf = async (world: World): Promise<readonly Action[]> =>
  (await planPrune(world, now)).plan.stages
    .flatMap(({ parts }) => parts)
    .flatMap(part => (part.kind === 'step' ? part.action : []))

/** As the engine does: looks, and performs what is absent. */
async function carryOut(action: Action, world: World): Promise<string> {
  switch (action.do) {
    case 'remove-backup': {
      const { look, perform } = performers[action.do]
      return (await look(action, world, context)) === 'in-place' ? 'in-place' : perform(action, world, context)
    }
    case 'remove-leftover': {
      const { look, perform } = performers[action.do]
      return (await look(action, world, context)) === 'in-place' ? 'in-place' : perform(action, world, context)
    }
    case 'discard-uploads': {
      const { look, perform } = performers[action.do]
      return (await look(action, world, context)) === 'in-place' ? 'in-place' : perform(action, world, context)
    }
    default:
      throw new Error(`a prune does not ${action.do}`)
  }
}

async function prune(world: World): Promise<readonly string[]> {
  const evidence: string[] = []
  for (const action of await actionsOf(world)) evidence.push(await carryOut(action, world))
  return evidence
}

const left = async (of: Store = store): Promise<readonly string[]> =>
  (await listBackups(of, cluster)).whole.map(({ backup }) => backup)

const record = (backup: string, failed: Verified['failed']): Verified => ({
  ...{ format: 'dcosctl-verified', version: 1, backup, clusterId: cluster.id },
  ...{ reached: failed ? {} : { stored: '2026-11-23T00:00:00Z' }, failed },
})

test('what no rule keeps is removed to the last file, its record with it; a second prune finds nothing to do', async () => {
  await takeAll()
  for (const day of days) await recordVerified(store, cluster.name, record(backupAt(day), null))

  const evidence = await prune(worldOf(store))

  expect(evidence).toEqual([expect.stringMatching(/^3 objects, /), expect.stringMatching(/^3 objects, /)])
  expect(await left()).toEqual([backupAt('2026-11-21T02'), backupAt('2026-11-22T14')])
  expect(await readdir(join(root, 'orchard'))).toEqual([...(await left()), 'verified'])
  expect(await readdir(join(root, 'orchard/verified'))).toEqual((await left()).map(backup => `${backup}.json`))
  expect(await actionsOf(worldOf(store))).toEqual([])
})

test('the table names every backup, its fate and the reason, and what is left alone', async () => {
  await takeAll()
  await takeBackupAt(store, { ...cluster, id: 'ffffffff-0000-4000-8000-00000000cafe' }, '2026-11-19T02')
  await writeFile(join(root, 'orchard', backupAt('2026-11-20T02'), 'manifest.json'), '{}')

  const text = pruneTable(await planPrune(worldOf(store), now), now)

  expect(`${text.replaceAll(root, '/srv/backups')}\n`).toBe(`\
Prune the backups of orchard in /srv/backups: 1 of 3 are removed.

       backup                  age       because
keep   2026-11-21T020000Z-7f3a 4 d       daily 2026-11-21
remove 2026-11-22T020000Z-7f3a 3 d       not among the last 1; daily: a newer
                                         one of 2026-11-22
keep   2026-11-22T140000Z-7f3a 2 d       last 1; daily 2026-11-22; newest that
                                         is verified and well

2026-11-20T020000Z-7f3a is left alone: its manifest is damaged: its bytes do not have the digest that its last line says: it is damaged or was cut off.
2026-11-19T020000Z-7f3a is left alone: it is of cluster ffffffff-0000-4000-8000-00000000cafe.
`)
  await prune(worldOf(store))
  expect(await keys(store, 'orchard/2026-11-20')).toHaveLength(3)
  expect(await keys(store, 'orchard/2026-11-19')).toHaveLength(3)
})

describe('the newest backup that is verified and well', () => {
  test('is kept although no rule does', async () => {
    await takeBackupAt(store, cluster, '2026-11-20T02')
    for (const day of ['2026-11-21T02', '2026-11-22T02']) await takeBackupAt(store, cluster, day, { readBack: false })

    await prune(worldOf(store, { last: 1 }))

    expect(await left()).toEqual([backupAt('2026-11-20T02'), backupAt('2026-11-22T02')])
  })

  test('is not one that a later verification found wanting: that one takes no place and is left to a person', async () => {
    await takeAll()
    const newest = backupAt('2026-11-22T14')
    await recordVerified(
      store,
      cluster.name,
      record(newest, { at: '2026-11-23T00:00:00Z', level: 'stored', why: 'flipped' }),
    )

    const { plan } = await planPrune(worldOf(store, { last: 1 }), now)
    await prune(worldOf(store, { last: 1 }))

    expect(plan.notes).toEqual([expect.stringContaining(`${newest} is left alone, and counts for no rule`)])
    expect(await left()).toEqual([backupAt('2026-11-22T02'), newest])
  })
})

describe('right before a removal', () => {
  test('a backup that a rule keeps by now is kept', async () => {
    await takeAll()
    const world = worldOf(store)
    const [, second] = await actionsOf(world) // the morning's of the 22nd, for the afternoon's
    await store.delete(await keys(store, `orchard/${backupAt('2026-11-22T14')}/`))

    expect(second && (await carryOut(second, world))).toBe(
      'kept after all: last 1; daily 2026-11-22; newest that is verified and well',
    )

    expect(await left()).toContain(backupAt('2026-11-22T02'))
  })

  test('a manifest that is damaged or of another cluster by now is left alone', async () => {
    await takeAll()
    const world = worldOf(store)
    const [first, second] = await actionsOf(world)
    await writeFile(join(root, 'orchard', backupAt('2026-11-20T02'), 'manifest.json'), '{}')
    await store.delete(await keys(store, `orchard/${backupAt('2026-11-22T02')}/`))
    await takeBackupAt(store, { ...cluster, id: 'another' }, '2026-11-22T02')

    await expect(first && carryOut(first, world)).rejects.toThrow('is left alone: its bytes do not have the digest')
    await expect(second && carryOut(second, world)).rejects.toThrow('is left alone: it belongs to cluster another')

    expect(await keys(store, 'orchard/')).toHaveLength(12)
  })

  test('another store than the plan shows is refused', async () => {
    await takeAll()
    const [first] = await actionsOf(worldOf(store))
    const other = directoryStore(scratch())

    await expect(first && carryOut(first, worldOf(other))).rejects.toThrow('the cluster file now says')
  })

  test('one that somebody else has removed is in place', async () => {
    await takeAll()
    const world = worldOf(store)
    const [first] = await actionsOf(world)
    await store.delete(await keys(store, `orchard/${backupAt('2026-11-20T02')}/`))

    expect(first && (await carryOut(first, world))).toBe('in-place')
  })
})

test('two prunes side by side come to what one comes to', async () => {
  await takeAll()
  const [one, other] = [worldOf(store), worldOf(store)]
  const [a, b] = [await actionsOf(one), await actionsOf(other)]

  await Promise.all([a.map(action => carryOut(action, one)), b.map(action => carryOut(action, other))].flat())

  expect(await left()).toEqual([backupAt('2026-11-21T02'), backupAt('2026-11-22T14')])
  expect(await readdir(join(root, 'orchard'))).toEqual(await left())
})

describe('what killed runs left', () => {
  async function leftoverOf(hours: number, object = 'mesos/state.json.zst'): Promise<string> {
    const key = `orchard/${backupAt('2026-11-23T02')}/${object}`
    await store.put(key, once(Buffer.from('half')))
    const at = new Date(Date.now() - hours * 3_600_000)
    await utimes(join(root, key), at, at)
    return key
  }
  const today = async (world: World) => (await planPrune(world, new Date())).plan

  test('is removed once nothing was written to it for a day, and named', async () => {
    await takeAll()
    await leftoverOf(25)
    const world = worldOf(store, { last: 9 })
    const [step] = (await today(world)).stages.flatMap(({ parts }) => parts)

    expect(step?.title).toBe(`Remove the rest of ${backupAt('2026-11-23T02')}: 4 B, last write 1 d ago`)
    if (step?.kind === 'step') expect(await carryOut(step.action, world)).toBe('1 objects, 4 B')
    expect(await readdir(join(root, 'orchard'))).toEqual(await left())
  })

  test('is left alone while it is younger, and named as well', async () => {
    await leftoverOf(23)

    const { stages, notes } = await today(worldOf(store))

    expect(stages).toEqual([])
    expect(notes).toEqual([
      expect.stringMatching(/T020000Z-7f3a is left alone: being written, or killed; last write 23 h ago/),
    ])
  })

  test('is left alone when something is written to it between plan and removal', async () => {
    await leftoverOf(25)
    const world = worldOf(store)
    const [step] = (await today(world)).stages.flatMap(({ parts }) => parts)
    await leftoverOf(0, 'mesos/flags.json.zst')

    if (step?.kind === 'step')
      expect(await carryOut(step.action, world)).toMatch(/^left alone: something was written to it at /)

    expect(await keys(store, 'orchard/')).toHaveLength(2)
  })

  test('is never a backup whose manifest a listing leaves out', async () => {
    await takeBackupAt(store, cluster, '2026-11-20T02')
    const lying: Store = {
      ...store,
      async *list(prefix) {
        for await (const listed of store.list(prefix))
          if (!listed.key.endsWith('manifest.json')) yield { ...listed, modified: new Date('2026-11-20T02:00:00Z') }
      },
    }
    const world = worldOf(lying)
    const [step] = (await today(world)).stages.flatMap(({ parts }) => parts)

    if (step?.kind === 'step') expect(await carryOut(step.action, world)).toBe('left alone: there is a manifest')

    expect(await left()).toEqual([backupAt('2026-11-20T02')])
  })

  test('of a prune that was cut short behind the manifest is ended by the next one', async () => {
    await takeAll()
    const backup = backupAt('2026-11-20T02')
    await store.delete([`orchard/${backup}/manifest.json`])
    const old = new Date(Date.now() - 90_000_000)
    for (const key of await keys(store, `orchard/${backup}/`)) await utimes(join(root, key), old, old)
    const world = worldOf(store, { last: 9 })

    for (const { parts } of (await today(world)).stages)
      for (const part of parts) if (part.kind === 'step') await carryOut(part.action, world)

    expect(await keys(store, `orchard/${backup}/`)).toEqual([])
    expect(await left()).toHaveLength(3)
  })
})

describe('in a bucket', () => {
  const locked = async () => {
    const { double, store: bucket } = await doubleStore({ buckets: { backups: { lock: true } } })
    await takeAll(bucket)
    return { bucket, versions: double.buckets.get('backups')?.objects ?? new Map() }
  }

  test('what is locked is kept and says until when; once the lock has ended it goes', async () => {
    const { bucket, versions } = await locked()
    const until = new Date(Date.now() + 5 * 86_400_000)
    const ofFirst = [...versions].filter(([key]) => key.includes('2026-11-20')).flatMap(([, all]) => all)
    for (const version of ofFirst) version.retention = { mode: 'GOVERNANCE', until }
    const world = worldOf(bucket)
    const { fates } = await planPrune(world, now)

    await prune(world)

    const [fate] = fates
    expect(fate).toEqual({
      backup: backupAt('2026-11-20T02'),
      isKept: true,
      because: `kept until ${until.toISOString()} by Object Lock`,
    })
    expect((await left(bucket))[0]).toBe(backupAt('2026-11-20T02'))
    for (const version of ofFirst) version.retention = { mode: 'GOVERNANCE', until: new Date(Date.now() - 1) }
    await prune(world)
    expect((await left(bucket))[0]).toBe(backupAt('2026-11-21T02'))
  })

  test('one object that is locked keeps its backup whole', async () => {
    const { bucket, versions } = await locked()
    const [version] = versions.get(`orchard/${backupAt('2026-11-20T02')}/mesos/state.json.zst`) ?? []
    const until = new Date(Date.now() + 86_400_000)
    if (version) version.retention = { mode: 'COMPLIANCE', until }

    const [evidence] = await prune(worldOf(bucket))

    expect(evidence).toBe(`kept until ${until.toISOString()} by Object Lock`)
    expect(await keys(bucket, `orchard/${backupAt('2026-11-20T02')}/`)).toHaveLength(3)
  })

  test('with versions what is removed is hidden, its versions stay, and the plan says what that costs', async () => {
    const { bucket, versions } = await locked()
    const world = worldOf(bucket)

    const { plan } = await planPrune(world, now)
    await prune(world)

    expect(plan.notes).toEqual([
      expect.stringMatching(/^bucket backups keeps versions: .* takes room and money until a lifecycle rule/),
    ])
    expect(await left(bucket)).toEqual([backupAt('2026-11-21T02'), backupAt('2026-11-22T14')])
    const manifest = versions.get(`orchard/${backupAt('2026-11-20T02')}/manifest.json`)
    expect(manifest?.map((version: { isMarker: boolean }) => version.isMarker)).toEqual([false, true])
  })

  test('uploads beside whole backups are taken back once nothing came for a day; a part that came today keeps one', async () => {
    const { double, store: bucket } = await doubleStore()
    await takeAll(bucket)
    const uploads = double.buckets.get('backups')?.uploads
    const old = new Date(Date.now() - 2 * 86_400_000)
    const base = { initiated: old, headers: {}, retention: undefined, wantsCrc32: false }
    const part = { bytes: Buffer.from('x'), etag: '"x"', crc32: undefined, modified: new Date() }
    const dead = `orchard/${backupAt('2026-11-22T14')}/mesos/state.json.zst`
    uploads?.set('dead', { ...base, id: 'dead', key: dead, parts: new Map() })
    uploads?.set('slow', { ...base, id: 'slow', key: `${dead}-slow`, parts: new Map([[1, part]]) })
    const world = worldOf(bucket, { last: 9 })
    const [step] = (await planPrune(world, new Date())).plan.stages.flatMap(({ parts }) => parts)

    if (step?.kind === 'step') expect(step.action).toMatchObject({ do: 'discard-uploads', keys: [dead] })
    if (step?.kind === 'step') expect(await carryOut(step.action, world)).toBe('1 taken back')

    expect((await gathered(bucket.unfinished(''))).map(({ key }) => key)).toEqual([`${dead}-slow`])
    expect(await left(bucket)).toHaveLength(4)
  })
})

test('without rules in the cluster file nothing is pruned', async () => {
  await takeAll()

  await expect(planPrune(fakeWorld({ store }).world, now)).rejects.toMatchObject({ code: 'USAGE' })
})

test('a record whose backup was removed is not read as another’s', async () => {
  await takeAll()
  await recordVerified(store, cluster.name, record(backupAt('2026-11-20T02'), null))

  await prune(worldOf(store))

  expect(await readVerified(store, cluster, backupAt('2026-11-20T02'))).toBeUndefined()
})
