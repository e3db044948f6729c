// What the S3 store does when the server or the line fails, on a double whose faults have names: it tries again within bounds, never hangs,
// never takes a lie for the truth, leaves nothing half visible, and says in the operator's words what is wrong.
import { describe, expect, test } from 'vitest'
import { listBackups } from '../../src/store/backups.ts'
import { collected, gathered, once } from '../../src/store/bytes.ts'
import { openObject } from '../../src/store/open-object.ts'
import { removeWhole } from '../../src/store/remove-folder.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { keys } from './conformance.ts'
import { doubleStore, impatient, shortPatience } from './double-store.ts'
import type { Fault } from './s3-double/faults.ts'
import type { Operation } from './s3-double/route.ts'
import { backup, circumstances, cluster, writeSample } from './sample-backup.ts'

/** More than one part, which has 5 MiB at least. */
const twoParts = Buffer.alloc(5_300_000, 'dcosctl ')

/** Every request that a backup makes. */
async function everything(store: Store): Promise<void> {
  await store.put('small', once(Buffer.from('small')))
  await store.put('large', once(twoParts))
  expect(await store.createExclusive('mine', Buffer.from('mine'))).toBe('created')
  expect(await store.createExclusive('mine', Buffer.from('theirs'))).toBe('exists')
  expect((await collected(await store.get('large'), 7_000_000)).equals(twoParts)).toBe(true)
  expect(String(await collected(await store.get('mine'), 10))).toBe('mine')
  expect(await keys(store, '')).toEqual(['large', 'mine', 'small'])
  await store.delete(['small', 'mine'])
  expect(await keys(store, '')).toEqual(['large'])
}

const operations: readonly Operation[] = [
  'PutObject',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'HeadObject',
  'GetObject',
  'ListObjectsV2',
  'DeleteObjects',
]
const passing: readonly Fault[] = [
  { name: 'slow-down' },
  { name: 'internal-error' },
  { name: 'reset' },
  { name: 'reset-in-request' },
  { name: 'answer-lost' },
  { name: 'silent', in: 'headers' },
]

test.for(passing)('$name, met by every kind of request, is got over', async fault => {
  const { double, store } = await doubleStore({}, fault.name === 'silent' ? impatient : shortPatience)
  for (const on of operations) double.inject({ fault, on, times: 2 })

  await everything(store)

  for (const on of operations)
    expect(double.requests.filter(({ operation }) => operation === on).length, on).toBeGreaterThanOrEqual(3)
})

test.for(operations.flatMap(on => passing.map(fault => [on, fault] as const)))(
  '%s that always meets %o ends with an error of the store, in the operator’s words',
  async ([on, fault]) => {
    const { double, store } = await doubleStore({}, fault.name === 'silent' ? impatient : shortPatience)
    double.inject({ fault, on })

    const error = await everything(store).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ name: 'StoreError', trouble: troubles[fault.name] })
    expect(String(error)).toMatch(/can't (write|read|list|create|remove)/)
    expect(String(error)).not.toContain('UnknownError')
    expect(error).toHaveProperty('remedy', expect.any(String))
  },
)

const troubles: Partial<Record<Fault['name'], string>> = {
  'slow-down': 'busy',
  'internal-error': 'other',
  reset: 'unreachable',
  'reset-in-request': 'unreachable',
  'answer-lost': 'unreachable',
  silent: 'unreachable',
}

describe('trying again', () => {
  test('ends after as many attempts as patience has, each pause longer than half of twice the last', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'slow-down' }, on: 'GetObject' })

    await expect(store.get('key')).rejects.toMatchObject({ trouble: 'busy' })

    expect(double.requests).toHaveLength(shortPatience.attempts)
    const pauses = double.requests.slice(1).map(({ at }, index) => at - (double.requests[index]?.at ?? 0))
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThan((shortPatience.firstPauseWhenBusy * 2 ** index) / 2 - 2)
    }
  })

  test('waits as long as the server asks, up to a bound', async () => {
    const { double, store } = await doubleStore()
    await store.put('key', once(Buffer.from('x')))
    double.inject({ fault: { name: 'slow-down', retryAfter: 1 }, on: 'GetObject', times: 1 })
    double.inject({ fault: { name: 'slow-down', retryAfter: 3600 }, on: 'HeadObject', times: 1 })

    const read = await timed(async () => gathered(await store.get('key')))
    const written = await timed(() => store.put('other', once(Buffer.from('x'))))

    expect(read).toBeGreaterThan(950)
    expect(written).toBeGreaterThan(1450)
    expect(written).toBeLessThan(4000)
  })

  test.for([
    [{ name: 'expired-credentials' }, { trouble: 'denied', message: expect.stringContaining('session has expired') }],
    [{ name: 'precondition-failed' }, { trouble: 'other', message: expect.stringContaining('another one by now') }],
  ] as const)('does not happen for $0.name, which would only come again', async ([fault, error]) => {
    const { double, store } = await doubleStore()
    double.inject({ fault })

    await expect(store.get('key')).rejects.toMatchObject(error)

    expect(double.requests).toHaveLength(1)
  })

  test('a clock that is an hour wrong is found out and allowed for', async () => {
    const { store } = await doubleStore({ now: () => new Date(Date.now() + 3_600_000) })

    await store.put('key', once(Buffer.from('x')))

    expect(await keys(store, '')).toEqual(['key'])
  })
})

describe('creating what nobody has', () => {
  test('is told as created although the answer was lost and the second attempt found it there', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'answer-lost' }, on: 'PutObject', times: 1 })

    expect(await store.createExclusive('lock', Buffer.from('me'))).toBe('created')
  })

  test('is not told as created when another one came first behind a lost line', async () => {
    const { double, store, open } = await doubleStore()
    const other = await open()
    double.inject({ fault: { name: 'reset' }, on: 'PutObject', times: 1 })
    const ours = store.createExclusive('lock', Buffer.from('me'))
    await expect
      .poll(() => double.requests.some(({ operation }) => operation === 'PutObject'), { interval: 1 })
      .toBe(true)

    const theirs = await other.createExclusive('lock', Buffer.from('they'))

    const [a, b] = [await ours, theirs]
    expect([a, b].filter(answer => answer === 'created')).toHaveLength(1)
    expect(String(await collected(await store.get('lock'), 10))).toBe(a === 'created' ? 'me' : 'they')
  })
})

describe('an upload in parts', () => {
  test('whose last answer was lost is known by its own mark, and not sent again', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'answer-lost' }, on: 'CompleteMultipartUpload', times: 1 })

    expect(await store.put('large', once(twoParts))).toMatchObject({ bytes: twoParts.length })

    expect(double.requests.filter(({ operation }) => operation === 'UploadPart')).toHaveLength(2)
    expect(await gathered(store.unfinished(''))).toEqual([])
  })

  test('whose first answer was lost leaves one without parts, which can be found and removed', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'answer-lost' }, on: 'CreateMultipartUpload', times: 1 })

    await store.put('large', once(twoParts))

    const left = await gathered(store.unfinished(''))
    expect(left.map(({ key }) => key)).toEqual(['large'])
    for (const { discard } of left) await discard()
    expect(await gathered(store.unfinished(''))).toEqual([])
    expect(await keys(store, '')).toEqual(['large'])
  })

  test.for(['UploadPart', 'CompleteMultipartUpload'] as const)(
    'whose %s fails is taken back; what was there stays',
    async on => {
      const { double, store } = await doubleStore()
      await store.put('large', once(Buffer.from('before')))
      double.inject({ fault: { name: 'internal-error' }, on })

      await expect(store.put('large', once(twoParts))).rejects.toMatchObject({ trouble: 'other' })

      expect(await gathered(store.unfinished(''))).toEqual([])
      expect(String(await collected(await store.get('large'), 10))).toBe('before')
    },
  )

  test('that answers 200 with an error in it is tried again, and otherwise taken back', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'error-in-200' }, on: 'CompleteMultipartUpload', times: 2 })
    await store.put('once', once(twoParts))
    double.inject({ fault: { name: 'error-in-200' }, on: 'CompleteMultipartUpload' })

    await expect(store.put('never', once(twoParts))).rejects.toMatchObject({ name: 'StoreError' })

    expect(await keys(store, '')).toEqual(['once'])
    expect(await gathered(store.unfinished(''))).toEqual([])
  })

  test('that can’t be taken back fails with its own error, and stays to be found', async () => {
    const { double, store } = await doubleStore()
    double.inject({ fault: { name: 'slow-down' }, on: 'UploadPart' })
    const mend = double.inject({ fault: { name: 'internal-error' }, on: 'AbortMultipartUpload' })

    await expect(store.put('large', once(twoParts))).rejects.toMatchObject({ trouble: 'busy' })

    mend()
    expect((await gathered(store.unfinished(''))).map(({ key }) => key)).toEqual(['large'])
  })
})

describe('reading', () => {
  test.for([{ name: 'cut-body' }, { name: 'silent', in: 'body' }] as const)(
    'goes on where $name ended it',
    async fault => {
      const { double, store } = await doubleStore({}, impatient)
      await store.put('large', once(twoParts))
      double.inject({ fault, on: 'GetObject', times: 2 })

      expect((await collected(await store.get('large'), 7_000_000)).equals(twoParts)).toBe(true)
    },
  )

  test('of a body that always falls silent ends with an error', async () => {
    const { double, store } = await doubleStore({}, impatient)
    await store.put('key', once(Buffer.from('ab')))
    double.inject({ fault: { name: 'silent', in: 'headers' }, on: 'GetObject', from: 2 })
    double.inject({ fault: { name: 'silent', in: 'body' }, on: 'GetObject', times: 1 })

    await expect(gathered(await store.get('key'))).rejects.toMatchObject({ trouble: 'unreachable' })
  })

  test('of a body that trickles for longer than silence may last goes to its end', async () => {
    const { double, store } = await doubleStore({}, impatient)
    await store.put('key', once(Buffer.from('0123456789')))
    double.inject({ fault: { name: 'trickle', pieces: 10, apart: 60 }, on: 'GetObject' })

    const took = await timed(async () => expect(String(await collected(await store.get('key'), 20))).toBe('0123456789'))

    expect(took).toBeGreaterThan(impatient.idleWithin)
  })

  test('refuses to go on in an object that is another one by now', async () => {
    const { double, store } = await doubleStore()
    await store.put('large', once(twoParts))
    double.inject({ fault: { name: 'cut-body' }, on: 'GetObject', times: 1 })
    const body = await store.get('large')
    await store.put('large', once(Buffer.concat([twoParts, twoParts])))

    await expect(gathered(body)).rejects.toMatchObject({ message: expect.stringContaining('another one by now') })
  })
})

describe('removing', () => {
  test('names what is still there when only some could be removed', async () => {
    const { double, store } = await doubleStore()
    for (const key of ['a', 'b', 'c']) await store.put(key, once(Buffer.from(key)))
    double.inject({ fault: { name: 'error-in-200' }, on: 'DeleteObjects', times: 1 })

    await expect(store.delete(['a', 'b', 'c'])).rejects.toThrow(/1 of 3 are still there, c first: InternalError/)

    expect(await keys(store, '')).toEqual(['c'])
  })
})

describe('a server that lies', () => {
  test.for([{ name: 'flipped-byte' }, { name: 'shortened' }] as const)(
    'with $name is found out while the backup is written',
    async fault => {
      const { double, store } = await doubleStore()
      double.inject({ fault, on: 'GetObject', key: 'mesos/' })

      await expect(writeSample(store, { readBack: true })).rejects.toMatchObject({ trouble: 'damaged' })

      expect((await listBackups(store, cluster)).whole).toEqual([])
    },
  )

  test.for([
    [{ name: 'flipped-byte' }, 'flipped'],
    [{ name: 'shortened' }, 'truncated'],
  ] as const)('with %o is found out by verify and by whoever opens the object', async ([fault, told]) => {
    const { double, store } = await doubleStore()
    const { manifest } = await writeSample(store)
    double.inject({ fault, on: 'GetObject', key: 'registry' })

    const { findings } = await verifyBackup(store, 'prod', backup, { level: 'stored' })

    expect(findings).toMatchObject([{ object: 'mesos/registry.json.zst', fault: told }])
    const registry = manifest.objects.find(({ name }) => name.includes('registry'))
    if (registry === undefined) throw new Error('the sample has a registry')
    await expect(gathered(openObject({ store, cluster: 'prod', backup }, registry, undefined))).rejects.toThrow()
  })

  test.for([{ name: 'flipped-byte' }, { name: 'shortened' }] as const)(
    'with $name in a manifest makes a damaged backup, never another one',
    async fault => {
      const { double, store } = await doubleStore()
      await writeSample(store)
      double.inject({ fault, on: 'GetObject', key: 'manifest' })

      expect(await listBackups(store, cluster)).toMatchObject({ whole: [], damaged: [{ backup }] })
    },
  )

  test('with an entity tag that is not the object’s does not make a cut body whole', async () => {
    const { double, store } = await doubleStore()
    await store.put('large', once(twoParts))
    double.inject({ fault: { name: 'cut-body' }, on: 'GetObject', times: 1 })

    expect((await collected(await store.get('large'), 7_000_000)).equals(twoParts)).toBe(true)
    double.inject({ fault: { name: 'wrong-etag' }, on: 'PutObject' })
    expect(await store.put('small', once(Buffer.from('x')))).toMatchObject({ bytes: 1 }) // what counts is our own digest
  })
})

test('wherever the store is lost in the middle of a backup, the earlier one stays, nothing half is visible, and the next one works', async () => {
  const { double, open } = await doubleStore()
  const earlier = (await writeSample(await open(), { readBack: true })).manifest
  const inOneBackup = double.requests.length
  let lost = 0

  for (let from = 1; from <= inOneBackup; from++) {
    const id = `2026-11-21T02${String(from).padStart(4, '0')}Z-0000`
    const mend = double.inject({ fault: { name: 'internal-error' }, from })
    const taken = await writeSample(await open(), { readBack: true, backup: id }).catch(() => undefined)
    mend()
    if (taken === undefined) lost++
    const store = await open()
    for (const { backup: visible } of (await listBackups(store, cluster)).whole)
      expect((await verifyBackup(store, 'prod', visible, { level: 'stored' })).findings, `${from}`).toEqual([])
    await removeWhole(store, `prod/${id}/`)
  }

  const next = '2026-11-22T020000Z-0000'
  const { manifest } = await writeSample(await open(), { readBack: true, backup: next })
  expect(await listBackups(await open(), cluster)).toMatchObject({ whole: [earlier, manifest], leftovers: [] })
  expect(lost).toBeGreaterThan(10)
  expect(manifest.finished).toBe(circumstances.finished)
})

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
