// A store in a directory: a local disk or a mounted share that knows rename, hard links and fsync.
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { collected, once } from './bytes.ts'
import { directoryError, hasCode } from './directory-errors.ts'
import { walk } from './directory-walk.ts'
import { type Mounts, missingMount, mountsOfThisHost } from './mounts.ts'
import { type ByteRange, checkKey, type Store, type Stored, StoreError, unfinishedMark } from './store.ts'

/**
 * A store under `root`, which has to exist: a share that is not mounted must not be taken for an empty one.
 * Files are 0600, folders 0700.
 */
export function directoryStore(root: string, mounts: () => Promise<Mounts> = mountsOfThisHost): Store {
  const where = resolve(root)
  const mustExist = async () => {
    if (!(await stat(where)).isDirectory()) throw new StoreError('no-such-place', where, 'is not a directory')
    const missing = missingMount(where, await mounts())
    if (missing === undefined) return
    const remedy = `mount ${missing}`
    throw new StoreError('no-such-place', where, `/etc/fstab has a mount at ${missing}, and it is missing`, { remedy })
  }
  const pathOf = (key: string) => {
    checkKey(where, key)
    return join(where, key)
  }
  const told = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw directoryError(where, what, error)
    }
  }
  async function* files(prefix: string) {
    await told("can't list", mustExist)
    yield* walk(where, prefix, told)
  }

  const store: Store = {
    where,
    async put(key, body) {
      const path = pathOf(key)
      await told(`can't write ${key}`, mustExist)
      const unfinished = await told(`can't write ${key}`, () => openUnfinished(where, path))
      try {
        const stored = await write(unfinished.file, body, work => told(`can't write ${key}`, work))
        await told(`can't finish ${key}`, async () => {
          await rename(unfinished.path, path)
          await syncFolder(dirname(path))
        })
        return stored
      } catch (error) {
        await rm(unfinished.path, { force: true })
        throw error
      } finally {
        await unfinished.file.close()
      }
    },
    async get(key, range) {
      const path = pathOf(key)
      const file = await told(`can't read ${key}`, () => open(path, constants.O_RDONLY | constants.O_NOFOLLOW))
      return read(file, key, range, told)
    },
    async *list(prefix) {
      for await (const { key, bytes, modified } of files(prefix)) {
        if (!lastPart(key).startsWith(unfinishedMark)) yield { key, bytes, modified }
      }
    },
    async delete(keys) {
      for (const key of keys) {
        const path = pathOf(key)
        await told(`can't remove ${key}`, () => remove(where, path))
      }
    },
    async createExclusive(key, bytes) {
      const path = pathOf(key)
      await told(`can't create ${key}`, mustExist)
      const unfinished = await told(`can't create ${key}`, () => openUnfinished(where, path))
      try {
        await write(unfinished.file, once(bytes), work => told(`can't create ${key}`, work))
        return await told(`can't create ${key}`, () => claimName(unfinished.path, path))
      } finally {
        await unfinished.file.close()
        await rm(unfinished.path, { force: true })
      }
    },
    keptUntil: async () => undefined,
    staysAfterRemoval: async () => undefined,
    async *unfinished(prefix) {
      for await (const { key, modified } of files(prefix)) {
        if (!lastPart(key).startsWith(unfinishedMark)) continue
        const discard = () => told(`can't remove ${key}`, () => remove(where, join(where, key)))
        yield { key, since: modified, discard }
      }
    },
    async check() {
      const key = `dcosctl-check-${randomBytes(6).toString('hex')}`
      const probe = randomBytes(32)
      try {
        const first = await store.createExclusive(key, probe)
        const second = await store.createExclusive(key, probe)
        const back = await collected(await store.get(key), probe.length + 1)
        if (first !== 'created' || second !== 'exists' || !back.equals(probe)) {
          throw new StoreError('unsupported', where, 'a file written there does not read back as written')
        }
        return []
      } finally {
        await store.delete([key])
      }
    },
  }
  return store
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** A file beside its later name. The folder may be removed by a concurrent `delete` between mkdir and open: then again. */
async function openUnfinished(root: string, path: string): Promise<{ file: FileHandle; path: string }> {
  const unfinished = join(dirname(path), unfinishedMark + randomBytes(8).toString('hex'))
  for (let tries = 1; ; tries++) {
    await makeFolders(root, dirname(path))
    try {
      return { file: await open(unfinished, 'wx', 0o600), path: unfinished }
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || tries === 5) throw error
    }
  }
}

/** Makes missing folders and sees that their names are on disk too. */
async function makeFolders(root: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length && made !== root; made = dirname(made)) {
    await syncFolder(dirname(made))
  }
}

/** Writes and fsyncs. `told` wraps our own I/O only, so that an error of the caller's stream stays as it is. */
async function write(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  told: (work: () => Promise<void>) => Promise<void>,
): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    await told(() => file.writeFile(chunk)) // from where the file stands, all of it
    hash.update(chunk)
    bytes += chunk.byteLength
  }
  await told(() => file.sync())
  return { bytes, sha256: hash.digest('hex') }
}

async function claimName(unfinished: string, path: string): Promise<'created' | 'exists'> {
  try {
    await link(unfinished, path) // unlike rename, never replaces
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'exists'
    throw error
  }
  await syncFolder(dirname(path))
  return 'created'
}

async function* read(
  file: FileHandle,
  key: string,
  range: ByteRange | undefined,
  told: <T>(what: string, work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  try {
    const end = range?.to ?? Number.POSITIVE_INFINITY
    let position = range?.from ?? 0
    while (position < end) {
      const chunk = Buffer.allocUnsafe(Math.min(256 * 1024, end - position))
      const { bytesRead } = await told(`can't read ${key}`, () => file.read(chunk, 0, chunk.length, position))
      if (bytesRead === 0) return
      position += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** Removes a file and the folders that this leaves empty. */
async function remove(root: string, path: string): Promise<void> {
  try {
    await unlink(path)
    await syncFolder(dirname(path))
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) await rmdir(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
