// Writing a backup: its manifest makes it one, and ordinary programs open what is in it.
import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeFolder } from '../../src/store/backup-writer.ts'
import { listBackups, newestFirst } from '../../src/store/backups.ts'
import { collected, once } from '../../src/store/bytes.ts'
import { parseManifest } from '../../src/store/manifest.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { keys } from './conformance.ts'
import { backup, circumstances, cluster, freshStore, someBytes, tarOf, writerTo, writeSample } from './sample-backup.ts'

async function ourStore(): Promise<Store> {
  const store = await freshStore()
  onTestFinished(() => rm(store.where, { recursive: true, force: true }))
  return store
}

test('a finished backup is listed with its manifest, and its folder holds just what it names', async () => {
  const store = await ourStore()

  const { manifest } = await writeSample(store)

  expect(await listBackups(store, cluster)).toEqual({ whole: [manifest], damaged: [], foreign: [], leftovers: [] })
  const names = [...manifest.objects.map(({ name }) => name), 'SHA256SUMS', 'manifest.json']
  expect(await keys(store, '')).toEqual(names.map(name => `prod/${backup}/${name}`).sort())
  expect(parseManifest(await collected(await store.get(`prod/${backup}/manifest.json`), 100_000))).toEqual(manifest)
})

test('a downloaded backup opens with sha256sum, zstd and tar alone', async () => {
  const store = await ourStore()
  await writeSample(store)
  const sh = (command: string) =>
    execFileSync('sh', ['-ec', command], { cwd: join(store.where, 'prod', backup), encoding: 'utf8' })

  expect(sh('sha256sum --strict -c SHA256SUMS')).toBe(
    'marathon/groups.json.zst: OK\nmesos/registry.json.zst: OK\nzookeeper/files.tar.zst: OK\n',
  )
  expect(sh('zstd -q -t zookeeper/files.tar.zst && zstd -q -d -c mesos/registry.json.zst')).toBe('{"slaves":[]}')
  expect(sh('zstd -q -d -c zookeeper/files.tar.zst | tar -t')).toBe('./zookeeper/snapshot.100\n./zookeeper/log.101\n')
  expect(sh('zstd -l -v zookeeper/files.tar.zst')).toContain('XXH64') // the frame carries a checksum of its content
})

test('until its manifest is there it is no backup, but a leftover with its age', async () => {
  const store = await ourStore()
  const writer = writerTo(store)
  await writer.object('a.json', once(Buffer.from('{}')), () => ({}))

  const { whole, leftovers } = await listBackups(store, cluster)

  expect(whole).toEqual([])
  expect(leftovers).toMatchObject([{ backup, lastWrite: expect.any(Date) }])
})

test('an object whose source fails is not there, and the others still are', async () => {
  const store = await ourStore()
  const writer = writerTo(store)
  await writer.object('good.json', once(Buffer.from('{}')), () => ({}))
  const failure = new Error('log.101 is torn at byte 77')
  const source = async function* () {
    yield someBytes(200_000)
    throw failure
  }

  await expect(writer.object('bad.tar', source(), () => ({}))).rejects.toBe(failure)

  expect(await keys(store, '')).toEqual([`prod/${backup}/good.json.zst`])
})

test('content that turns out unreadable at the end keeps the object out of the manifest', async () => {
  const store = await ourStore()
  const writer = writerTo(store)
  await writer.object('good.json', once(Buffer.from('{}')), () => ({}))
  const unreadable = () => {
    throw new Error('no snapshot in it')
  }

  await expect(writer.object('bad.tar', tarOf({}), unreadable)).rejects.toThrow('no snapshot in it')

  const manifest = await writer.commit(circumstances)
  expect(manifest.objects.map(({ name }) => name)).toEqual(['good.json.zst'])
})

test('read back, every object reaches the level stored', async () => {
  const store = await ourStore()

  const { manifest } = await writeSample(store, { readBack: true })

  expect(manifest.levels).toEqual({ decoded: true, stored: true })
  expect(manifest.objects.map(({ level }) => level)).toEqual(['stored', 'stored', 'stored'])
})

test('a store that loses bytes is found out before the backup counts', async () => {
  const store = await ourStore()
  const lying: Store = { ...store, get: async (key, range) => store.get(key, { from: 1, ...range }) }
  const writer = writerTo(lying, { readBack: true })

  const put = writer.object('a.json', once(Buffer.from('{}')), () => ({}))

  await expect(put).rejects.toMatchObject({
    trouble: 'damaged',
    message: expect.stringContaining('does not read back'),
  })
})

test('a manifest whose answer was lost on the way is seen to be there', async () => {
  const store = await ourStore()
  const dropping: Store = {
    ...store,
    async createExclusive(key, bytes) {
      await store.createExclusive(key, bytes)
      throw new Error('the line dropped')
    },
  }

  const { manifest } = await writeSample(dropping)

  expect((await listBackups(store, cluster)).whole).toEqual([manifest])
})

test('a manifest that could not be written fails the backup, and discarding it leaves nothing', async () => {
  const store = await ourStore()
  const refusing: Store = { ...store, createExclusive: () => Promise.reject(new Error('refused')) }
  const writer = writerTo(refusing)
  await writer.object('a.json', once(Buffer.from('{}')), () => ({}))
  await expect(writer.commit(circumstances)).rejects.toThrow('refused')

  await writer.discard()

  expect(await keys(store, '')).toEqual([])
})

test('discarding touches this backup only, and never a finished one', async () => {
  const store = await ourStore()
  const { writer: finished, manifest } = await writeSample(store)
  const other = writerTo(store, { backup: '2026-11-21T020000Z-0000' })
  await other.object('a.json', once(Buffer.from('{}')), () => ({}))

  await other.discard()

  await expect(finished.discard()).rejects.toThrow('is a finished backup')
  expect(await listBackups(store, cluster)).toEqual({ whole: [manifest], damaged: [], foreign: [], leftovers: [] })
})

test('a finished backup is never written to, committed over, cleared away or discarded', async () => {
  const store = await ourStore()
  const late = writerTo(store)
  await late.object('other.json', once(Buffer.from('{}')), () => ({}))
  await removeFolder(store, `prod/${backup}/`) // what a killed run left
  const { manifest } = await writeSample(store)
  const second = writerTo(store)
  const finished = /a finished backup is never written to nor cleared away/

  await expect(second.object('a.json', once(Buffer.from('{}')), () => ({}))).rejects.toThrow(finished)
  await expect(second.discard()).rejects.toThrow(finished)
  await expect(removeFolder(store, `prod/${backup}/`)).rejects.toThrow(finished)
  await expect(late.commit({ ...circumstances, host: 'control-2' })).rejects.toThrow(finished)
  await expect(late.discard()).rejects.toThrow(finished)

  expect((await listBackups(store, cluster)).whole).toEqual([manifest])
  expect((await verifyBackup(store, 'prod', backup, { level: 'stored' })).findings).toEqual([])
})

test('of two writers that finish at the same moment, the second neither replaces the manifest nor discards the backup', async () => {
  const store = await ourStore()
  const first = writerTo(store)
  const blind: Store = {
    ...store,
    get: (key, range) => (key.endsWith('manifest.json') ? hidden(key, range) : store.get(key, range)),
  }
  let looks = 0
  const hidden: Store['get'] = (key, range) =>
    ++looks <= 2 ? store.get(`${key}-not-there-yet`, range) : store.get(key, range)
  const second = writerTo(blind)
  for (const writer of [first, second]) await writer.object('a.json', once(Buffer.from('{}')), () => ({}))
  const manifest = await first.commit(circumstances)

  await expect(second.commit({ ...circumstances, host: 'control-2' })).rejects.toThrow('exists already')
  await expect(second.discard()).rejects.toThrow('has a manifest')

  expect((await listBackups(store, cluster)).whole).toEqual([manifest])
})

test('a backup of another cluster under the same name is foreign', async () => {
  const store = await ourStore()
  await writeSample(store)

  const seen = await listBackups(store, { name: 'prod', id: 'another-id' })

  expect(seen).toMatchObject({ whole: [], foreign: [{ backup, clusterId: cluster.id }] })
})

test('whoever wants the newest backup reads its manifest alone', async () => {
  const store = await ourStore()
  for (const day of ['18', '19', '20']) await writeSample(store, { backup: `2026-11-${day}T020000Z-0000` })
  const read: string[] = []
  const watched: Store = {
    ...store,
    get: (key, range) => {
      read.push(key)
      return store.get(key, range)
    },
  }

  for await (const seen of newestFirst(watched, cluster)) if (seen.is === 'whole') break

  expect(read).toEqual(['prod/2026-11-20T020000Z-0000/manifest.json'])
})
