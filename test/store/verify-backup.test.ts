// Verifying a backup: whatever happened to it since, the object it happened to is named.
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listBackups } from '../../src/store/backups.ts'
import { collected } from '../../src/store/bytes.ts'
import { type Decode, verifyBackup } from '../../src/store/verify-backup.ts'
import { backup, cluster, freshStore, writeSample } from './sample-backup.ts'

async function sample() {
  const store = await freshStore()
  onTestFinished(() => rm(store.where, { recursive: true, force: true }))
  const { manifest } = await writeSample(store)
  const path = (name: string) => join(store.where, 'prod', backup, name)
  const verify = (level: 'stored' | { decode: Decode } = 'stored') => verifyBackup(store, 'prod', backup, { level })
  const change = async (name: string, how: (bytes: Buffer) => Buffer) =>
    writeFile(path(name), how(await readFile(path(name))))
  return { store, manifest, path, verify, change }
}

const read: Decode = async (_, plain) => void (await collected(plain, 10_000_000))
const objects = [
  'marathon/groups.json.zst',
  'mesos/registry.json.zst',
  'zookeeper/files.tar.zst',
  'SHA256SUMS',
  'manifest.json',
]

function flip(at: number) {
  return (bytes: Buffer) => {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    return flipped
  }
}

test.for(['stored', 'decoded'] as const)('a backup as it was written is well at the level %s', async level => {
  const { verify, manifest } = await sample()

  const seen = await verify(level === 'stored' ? 'stored' : { decode: read })

  expect(seen).toMatchObject({ backup, findings: [], manifest, objects: 3 })
})

test.for(objects)('a flipped byte anywhere in %s is named', async name => {
  const { verify, change, path } = await sample()
  const { length } = await readFile(path(name))
  // The zstd header, its middle and its checksum; of the manifest every single byte is tried in manifest.test.ts.
  const everywhere = [0, 1, 4, 5, 9, length >> 2, length >> 1, length - 66, length - 5, length - 1].filter(
    at => at >= 0,
  )

  for (const at of everywhere) {
    await change(name, flip(at))
    expect((await verify()).findings, `byte ${at}`).toMatchObject([{ object: name, fault: 'flipped' }])
    expect((await verify({ decode: read })).findings, `byte ${at}`).toMatchObject([{ object: name, fault: 'flipped' }])
    await change(name, flip(at))
  }
  expect((await verify()).findings).toEqual([])
})

test.for(objects)('a missing %s is named', async name => {
  const { verify, path } = await sample()
  await rm(path(name))

  expect((await verify()).findings).toMatchObject([{ object: name, fault: 'missing' }])
})

test.for(objects.filter(name => name !== 'manifest.json'))('a truncated %s is named', async name => {
  const { verify, path } = await sample()
  const { length } = await readFile(path(name))

  for (const to of [length - 1, length >> 1, 0]) {
    await truncate(path(name), to)
    expect((await verify()).findings, `cut at ${to}`).toMatchObject([{ object: name, fault: 'truncated' }])
    expect((await verify({ decode: read })).findings).toMatchObject([{ object: name, fault: 'truncated' }])
  }
})

test('a truncated manifest is named, and the list calls the backup damaged', async () => {
  const { store, verify, path } = await sample()
  await truncate(path('manifest.json'), 300)

  expect((await verify()).findings).toMatchObject([
    { object: 'manifest.json', fault: 'flipped', saw: expect.stringContaining('cut off') },
  ])
  expect(await listBackups(store, cluster)).toMatchObject({ whole: [], damaged: [{ backup }], leftovers: [] })
})

test('the manifest of another backup is not taken for its own', async () => {
  const { store, verify, path } = await sample()
  await writeSample(store, { backup: '2026-11-21T020000Z-0000' })
  await writeFile(
    path('manifest.json'),
    await readFile(join(store.where, 'prod/2026-11-21T020000Z-0000/manifest.json')),
  )

  expect((await verify()).findings).toMatchObject([
    { object: 'manifest.json', saw: 'it is the manifest of 2026-11-21T020000Z-0000' },
  ])
})

test('an object that grew and one that nobody put there are named', async () => {
  const { verify, path, change } = await sample()
  await change('mesos/registry.json.zst', bytes => Buffer.concat([bytes, Buffer.from('x')]))
  await writeFile(path('mesos/extra'), '')

  expect((await verify()).findings).toMatchObject([
    { object: 'mesos/extra', fault: 'surplus' },
    { object: 'mesos/registry.json.zst', fault: 'flipped' },
  ])
})

test('everything that is wrong is named at once', async () => {
  const { verify, path, change } = await sample()
  await rm(path('marathon/groups.json.zst'))
  await change('zookeeper/files.tar.zst', flip(1000))

  const { findings } = await verify()

  expect(findings.map(({ object, fault }) => [object, fault])).toEqual([
    ['marathon/groups.json.zst', 'missing'],
    ['zookeeper/files.tar.zst', 'flipped'],
  ])
})

test('content that its decoder refuses is named with the reason, even if it did not read to the end', async () => {
  const { verify } = await sample()
  const decode: Decode = async ({ name }, plain) => {
    for await (const _ of plain) {
      if (name.startsWith('zookeeper/')) throw new Error('log.101 is torn at byte 77')
      return
    }
  }

  expect((await verify({ decode })).findings).toMatchObject([
    { object: 'zookeeper/files.tar.zst', fault: 'not decodable', saw: 'log.101 is torn at byte 77' },
  ])
})

test('a store that fails while it is read is an error, not a verdict about the backup', async () => {
  const { store } = await sample()
  const failing = {
    ...store,
    get: async (key: string) =>
      key.endsWith('manifest.json') ? store.get(key) : Promise.reject(new Error('unreachable')),
  }

  await expect(verifyBackup(failing, 'prod', backup, { level: 'stored' })).rejects.toThrow('unreachable')
})

test('progress counts up to the whole', async () => {
  const { store, manifest } = await sample()
  const seen: number[] = []

  await verifyBackup(store, 'prod', backup, { level: 'stored', progress: ({ bytes }) => seen.push(bytes) })

  expect(seen).toHaveLength(3)
  expect(seen.at(-1)).toBe(manifest.objects.reduce((sum, { bytes }) => sum + bytes, 0))
})
