// Removes what lies under one backup's folder. Whether a finished backup may go is decided by who calls.
import { gathered } from './bytes.ts'
import { manifestName } from './manifest.ts'
import { isNotFound, type Store, StoreError } from './store.ts'

/**
 * Whatever is there, finished or not. Without its manifest it is no backup any more, so that goes first.
 * @param also keys outside that go right after it
 */
export async function removeWhole(store: Store, folder: string, also: readonly string[] = []): Promise<void> {
  if (!/^[^/]+\/[^/]+\/$/.test(folder)) throw new Error(`${folder} is not the folder of one backup`)
  await store.delete([folder + manifestName])
  if (also.length > 0) await store.delete(also)
  const listed = await gathered(store.list(folder))
  await store.delete(listed.map(({ key }) => key))
  for await (const { discard } of store.unfinished(folder)) await discard()
}

/**
 * Removes what a killed backup left.
 * @throws StoreError if there is a manifest: then it is a backup, whole or damaged, and nothing is touched
 */
export async function removeFolder(store: Store, folder: string): Promise<void> {
  await noManifest(store, folder)
  await removeWhole(store, folder)
}

/** @throws StoreError if there is a manifest in this folder */
export async function noManifest(store: Store, folder: string): Promise<void> {
  try {
    await gathered(await store.get(folder + manifestName, { from: 0, to: 1 }))
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  }
  throw new StoreError(
    'other',
    store.where,
    `${folder} has a manifest: a finished backup is never written to nor cleared away`,
  )
}
