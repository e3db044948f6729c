// Lists the files of a directory store in the order that S3 lists keys.
import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './directory-errors.ts'
import type { Listed } from './store.ts'

type Told = <T>(what: string, work: () => Promise<T>) => Promise<T>

/** Every plain file whose key begins with `prefix`, unfinished ones included. Links are not followed. A folder that is missing is an empty one, the root too. */
export async function* walk(root: string, prefix: string, told: Told): AsyncGenerator<Listed> {
  yield* below(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, told)
}

async function* below(root: string, folder: string, prefix: string, told: Told): AsyncGenerator<Listed> {
  const entries = await told(`can't list ${folder}`, () => entriesOf(join(root, folder)))
  for (const { name, isFolder } of entries) {
    const key = folder + name
    if (isFolder) {
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* below(root, `${key}/`, prefix, told)
    } else if (key.startsWith(prefix)) {
      const facts = await told(`can't list ${key}`, () => factsOf(join(root, key)))
      if (facts !== undefined) yield { key, ...facts }
    }
  }
}

interface Entry {
  readonly name: string
  readonly isFolder: boolean
}

/** A folder sorts as its name with a slash, since that is how the keys below it begin. */
async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const entries = await unlessGone(() => readdir(folder, { withFileTypes: true }))
  return (entries ?? [])
    .filter((entry: Dirent) => entry.isDirectory() || entry.isFile())
    .map((entry: Dirent) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)))
}

function sortKey({ name, isFolder }: Entry): Buffer {
  return Buffer.from(isFolder ? `${name}/` : name)
}

async function factsOf(path: string): Promise<{ bytes: number; modified: Date } | undefined> {
  const facts = await unlessGone(() => lstat(path))
  return facts === undefined ? undefined : { bytes: facts.size, modified: facts.mtime }
}

/** Somebody else may remove what we are about to look at. */
async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
