// Opens the object of a backup that a plan has pinned: the same store and the same bytes, wherever the run is resumed.
import { openerFor } from '../../config/identity-file.ts'
import type { BackupSource } from '../../plan/vocabulary.ts'
import { readManifest } from '../../store/backups.ts'
import type { BackupObject } from '../../store/manifest.ts'
import { openObject } from '../../store/open-object.ts'
import type { World } from '../../world.ts'

export interface OpenedSource {
  readonly object: BackupObject
  /** Its plain bytes; may be asked for more than once, each time read from the store anew. @throws StoreError at its end where they are not those that were written */
  plain(): AsyncIterable<Uint8Array>
}

/** @throws Error where the store or the backup is another one than the plan says; DcosctlError USAGE for an identity that can't be read */
export async function openSource(world: World, source: BackupSource): Promise<OpenedSource> {
  const store = await world.store()
  const { cluster } = world.file
  if (store.where !== source.store)
    throw new Error(`the plan says ${source.store}, the cluster file now says ${store.where}`)
  const seen = await readManifest(store, cluster.name, source.backup)
  if (!('manifest' in seen)) throw new Error(`${source.backup} can't be read from ${store.where}: ${seen.problem}`)
  const object = seen.manifest.objects.find(({ name }) => name === source.object)
  if (object?.sha256 !== source.sha256)
    throw new Error(`${source.backup} no longer has the ${source.object} of the plan (SHA-256 ${source.sha256})`)
  const decrypt = source.identity === null ? undefined : await openerFor(source.identity)
  return { object, plain: () => openObject({ store, cluster: cluster.name, backup: source.backup }, object, decrypt) }
}
