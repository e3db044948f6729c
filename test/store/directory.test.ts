// The directory store: the port's promises, and what only a file system can do.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { keepsThePromisesOfAStore, keys } from './conformance.ts'

const scratch = await mkdtemp(join(tmpdir(), 'dcosctl-store-'))
let count = 0
const freshFolder = async () => {
  const path = join(scratch, String(++count))
  await mkdir(path)
  return path
}
afterAll(() => rm(scratch, { recursive: true, force: true }))

keepsThePromisesOfAStore('a directory', async () => ({ kind: 'directory', path: await freshFolder() }))

test('files are 0600 and folders 0700', async () => {
  const root = await freshFolder()

  await directoryStore(root).put('a/b/c', once(Buffer.from('secret')))
  await directoryStore(root).createExclusive('a/lock', Buffer.from('me'))

  expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(root, 'a/b'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(root, 'a/b/c'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(root, 'a/lock'))).mode & 0o777).toBe(0o600)
})

test('an object is a plain file at its key', async () => {
  const root = await freshFolder()

  await directoryStore(root).put('cluster/backup/x.zst', once(Buffer.from('bytes')))

  expect(await readFile(join(root, 'cluster/backup/x.zst'), 'utf8')).toBe('bytes')
})

test('removing the last object of a folder removes the folder, but never the store', async () => {
  const root = await freshFolder()
  const store = directoryStore(root)
  await store.put('cluster/backup/x', once(Buffer.from('x')))

  await store.delete(['cluster/backup/x'])

  expect(await readdir(root)).toEqual([])
})

test('a folder that is not there, such as a share that is not mounted, is not taken for an empty store', async () => {
  const store = directoryStore(join(await freshFolder(), 'not-mounted'))

  await expect(store.check()).rejects.toMatchObject({
    trouble: 'no-such-place',
    remedy: expect.stringContaining('mount'),
  })
  await expect(store.put('x', once(Buffer.from('x')))).rejects.toMatchObject({ trouble: 'no-such-place' })
  await expect(keys(store, '')).rejects.toMatchObject({ trouble: 'no-such-place' })
})

test('a file where the directory should be is said so', async () => {
  const path = join(await freshFolder(), 'file')
  await writeFile(path, '')

  await expect(directoryStore(path).check()).rejects.toThrow(/is not a directory/)
})

test('a file in the way of a folder is an error and stays', async () => {
  const root = await freshFolder()
  const store = directoryStore(root)
  await store.put('a', once(Buffer.from('in the way')))

  await expect(store.put('a/b', once(Buffer.from('x')))).rejects.toMatchObject({ trouble: 'bad-key' })

  expect(await readFile(join(root, 'a'), 'utf8')).toBe('in the way')
})

test('a symbolic link is neither listed nor followed', async () => {
  const root = await freshFolder()
  await symlink('/etc/passwd', join(root, 'link'))
  const store = directoryStore(root)

  expect(await keys(store, '')).toEqual([])
  await expect(store.get('link')).rejects.toMatchObject({ trouble: 'not-found' })
})

const asRoot = process.getuid?.() === 0
test.skipIf(asRoot)(
  `a folder we may not write to is said so${asRoot ? ' (not as root, who may write anywhere)' : ''}`,
  async () => {
    const root = await freshFolder()
    await chmod(root, 0o500)

    await expect(directoryStore(root).check()).rejects.toMatchObject({ trouble: 'denied' })
  },
)
