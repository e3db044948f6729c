// The backups in a store: which there are, and what one of them says of itself.

import { collected } from './bytes.ts'
import { isBackupId, type Manifest, ManifestError, manifestName, parseManifest } from './manifest.ts'
import { removeWhole } from './remove-folder.ts'
import { isNotFound, type Store } from './store.ts'

/** A manifest of 10,000 objects stays far below. */
const largestManifest = 64 * 1024 * 1024

export interface Cluster {
  /** The folder in the store. */
  readonly name: string
  /** `/cluster-id`: backups of another cluster under the same name are not ours. */
  readonly id: string
}

export interface Backups {
  /** Oldest first. */
  readonly whole: readonly Manifest[]
  /** A manifest that can't be read: something happened to a backup that was finished once. */
  readonly damaged: readonly { readonly backup: string; readonly why: string }[]
  /** Under our name, but of another cluster: never touched. */
  readonly foreign: readonly { readonly backup: string; readonly clusterId: string }[]
  /** Folders without a manifest: killed backups, or one that is being written now. `lastWrite` tells how old. */
  readonly leftovers: readonly { readonly backup: string; readonly lastWrite: Date; readonly bytes: number }[]
}

/** @throws StoreError */
export async function listBackups(store: Store, cluster: Cluster): Promise<Backups> {
  const folders = await foldersOf(store, cluster.name)
  const whole: Manifest[] = []
  const damaged: { backup: string; why: string }[] = []
  const foreign: { backup: string; clusterId: string }[] = []
  const leftovers: { backup: string; lastWrite: Date; bytes: number }[] = []
  for (const [backup, { hasManifest, lastWrite, bytes }] of folders) {
    if (!hasManifest) {
      leftovers.push({ backup, lastWrite, bytes })
      continue
    }
    const seen = await readManifest(store, cluster.name, backup)
    if (!('manifest' in seen)) damaged.push({ backup, why: seen.problem })
    else if (seen.manifest.cluster.id !== cluster.id) foreign.push({ backup, clusterId: seen.manifest.cluster.id })
    else whole.push(seen.manifest)
  }
  return { whole, damaged, foreign, leftovers }
}

interface Folder {
  readonly hasManifest: boolean
  readonly lastWrite: Date
  readonly bytes: number
}

async function foldersOf(store: Store, cluster: string): Promise<Map<string, Folder>> {
  const folders = new Map<string, Folder>()
  const add = (key: string, modified: Date, size: number) => {
    const [, backup = '', ...rest] = key.split('/')
    if (!isBackupId(backup) || rest.length === 0) return
    const { hasManifest = false, lastWrite = modified, bytes = 0 } = folders.get(backup) ?? {}
    folders.set(backup, {
      hasManifest: hasManifest || (size > 0 && rest.join('/') === manifestName),
      lastWrite: modified > lastWrite ? modified : lastWrite,
      bytes: bytes + size,
    })
  }
  for await (const { key, modified, bytes } of store.list(`${cluster}/`)) add(key, modified, bytes)
  for await (const { key, since } of store.unfinished(`${cluster}/`)) add(key, since, 0)
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)))
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

/**
 * Removes a backup for good, its manifest first.
 * @throws Error unless its manifest can be read and names this cluster
 */
export async function removeBackup(store: Store, cluster: Cluster, backup: string): Promise<void> {
  const seen = await readManifest(store, cluster.name, backup)
  if (!('manifest' in seen)) throw new Error(`${store.where}: ${backup} is left alone: ${seen.problem}`)
  const { id } = seen.manifest.cluster
  if (id !== cluster.id) throw new Error(`${store.where}: ${backup} is left alone: it belongs to cluster ${id}`)
  await removeWhole(store, `${cluster.name}/${backup}/`)
}
