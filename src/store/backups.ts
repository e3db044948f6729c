// The backups in a store: which there are, and what one of them says of itself.

import { eachOf } from '../parallel.ts'
import { collected } from './bytes.ts'
import { isBackupId, type Manifest, ManifestError, manifestName, parseManifest } from './manifest.ts'
import { isNotFound, type Store } from './store.ts'

/** A manifest of 10,000 objects stays far below. */
const largestManifest = 64 * 1024 * 1024

export interface Cluster {
  /** The folder in the store. */
  readonly name: string
  /** `/cluster-id`: backups of another cluster under the same name are not ours. */
  readonly id: string
}

interface Damaged {
  readonly backup: string
  readonly why: string
}

interface Foreign {
  readonly backup: string
  readonly clusterId: string
}

interface Leftover {
  readonly backup: string
  readonly lastWrite: Date
  readonly bytes: number
}

export interface Backups {
  /** Oldest first. */
  readonly whole: readonly Manifest[]
  /** A manifest that can't be read: something happened to a backup that was finished once. */
  readonly damaged: readonly Damaged[]
  /** Under our name, but of another cluster: never touched. */
  readonly foreign: readonly Foreign[]
  /** Folders without a manifest: killed backups, or one that is being written now. `lastWrite` tells how old. */
  readonly leftovers: readonly Leftover[]
}

/** What a folder with a manifest turns out to be once that is read. */
type Read =
  | { readonly is: 'whole'; readonly manifest: Manifest }
  | ({ readonly is: 'damaged' } & Damaged)
  | ({ readonly is: 'foreign' } & Foreign)

/** Manifests that were read before. A manifest is final, so that one reading is enough. */
export type KnownManifests = Map<string, Manifest>

const readAtOnce = 8

/** Reads every manifest that is not `known` yet: for lists and prunes. @throws StoreError */
export async function listBackups(store: Store, cluster: Cluster, known: KnownManifests = new Map()): Promise<Backups> {
  const folders = await foldersOf(store, cluster.name)
  const finished = folders.filter(({ hasManifest }) => hasManifest)
  const read = await eachOf(finished, readAtOnce, ({ backup }) => readOne(store, cluster, backup, known))
  return {
    whole: read.flatMap(one => (one.is === 'whole' ? one.manifest : [])),
    damaged: read.flatMap(one => (one.is === 'damaged' ? { backup: one.backup, why: one.why } : [])),
    foreign: read.flatMap(one => (one.is === 'foreign' ? { backup: one.backup, clusterId: one.clusterId } : [])),
    leftovers: folders.flatMap(({ hasManifest, backup, lastWrite, bytes }) =>
      hasManifest ? [] : { backup, lastWrite, bytes },
    ),
  }
}

/** Newest first, each manifest read when its turn comes: whoever wants the newest does not read those of years. @throws StoreError */
export async function* newestFirst(store: Store, cluster: Cluster): AsyncGenerator<Read> {
  for (const { backup, hasManifest } of (await foldersOf(store, cluster.name)).toReversed()) {
    if (hasManifest) yield await readOne(store, cluster, backup, new Map())
  }
}

async function readOne(store: Store, cluster: Cluster, backup: string, known: KnownManifests): Promise<Read> {
  const before = known.get(backup)
  const seen = before === undefined ? await readManifest(store, cluster.name, backup) : { manifest: before }
  if (!('manifest' in seen)) return { is: 'damaged', backup, why: seen.problem }
  const { manifest } = seen
  known.set(backup, manifest)
  return manifest.cluster.id === cluster.id
    ? { is: 'whole', manifest }
    : { is: 'foreign', backup, clusterId: manifest.cluster.id }
}

interface Folder {
  readonly backup: string
  readonly hasManifest: boolean
  readonly lastWrite: Date
  readonly bytes: number
}

/** Oldest first. */
async function foldersOf(store: Store, cluster: string): Promise<readonly Folder[]> {
  const folders = new Map<string, Folder>()
  const add = (key: string, modified: Date, size: number) => {
    const [, backup = '', ...rest] = key.split('/')
    if (!isBackupId(backup) || rest.length === 0) return
    const { hasManifest = false, lastWrite = modified, bytes = 0 } = folders.get(backup) ?? {}
    folders.set(backup, {
      backup,
      hasManifest: hasManifest || (size > 0 && rest.join('/') === manifestName),
      lastWrite: modified > lastWrite ? modified : lastWrite,
      bytes: bytes + size,
    })
  }
  for await (const { key, modified, bytes } of store.list(`${cluster}/`)) add(key, modified, bytes)
  for await (const { key, since } of store.unfinished(`${cluster}/`)) add(key, since, 0)
  return [...folders.values()].sort((a, b) => (a.backup < b.backup ? -1 : 1))
}

export type SeenManifest = { readonly manifest: Manifest } | { readonly problem: string; readonly missing: boolean }

/** @throws StoreError if the store itself fails; a missing or damaged manifest is an answer */
export async function readManifest(store: Store, clusterName: string, backup: string): Promise<SeenManifest> {
  try {
    const bytes = await collected(await store.get(`${clusterName}/${backup}/${manifestName}`), largestManifest)
    const manifest = parseManifest(bytes)
    if (manifest.backup === backup) return { manifest }
    return { problem: `it is the manifest of ${manifest.backup}`, missing: false }
  } catch (error) {
    if (isNotFound(error)) return { problem: 'there is no manifest: this is not a backup', missing: true }
    if (error instanceof ManifestError || error instanceof RangeError) {
      return { problem: error.message, missing: false }
    }
    throw error
  }
}
