// Removes what a killed backup, or a prune that was cut short, left in a folder without a manifest.
import type { Performer } from '../../engine/ports.ts'
import { sayBytes } from '../../output/bytes.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { listBackups, readManifest } from '../../store/backups.ts'
import { gathered } from '../../store/bytes.ts'
import { folderOf, keptByStore, removeAll } from '../../store/prunable.ts'
import type { World } from '../../world.ts'
import { storeMeant } from './store-meant.ts'

type RemoveLeftover = Extract<Action, { do: 'remove-leftover' }>

export const removeLeftover: Performer<RemoveLeftover, World> = {
  async look({ backup, store: meant }, world) {
    const store = await storeMeant(world, meant)
    const folder = folderOf(world.file.cluster, backup)
    for await (const _ of store.list(folder)) return 'absent'
    for await (const _ of store.unfinished(folder)) return 'absent'
    return 'in-place'
  },

  async perform({ backup, store: meant, olderThan }, world) {
    const store = await storeMeant(world, meant)
    const { cluster } = world.file
    // Asked of the manifest itself: a listing may lag behind.
    const seen = await readManifest(store, cluster.name, backup)
    if ('manifest' in seen || !seen.missing) return 'left alone: there is a manifest'
    const { leftovers } = await listBackups(store, cluster, new Map())
    const left = leftovers.find(one => one.backup === backup)
    if (left === undefined) return 'gone'
    if (Date.now() - left.lastWrite.getTime() < olderThan * 1000)
      return `left alone: something was written to it at ${left.lastWrite.toISOString()}`
    const listed = await gathered(store.list(folderOf(cluster, backup)))
    const kept = await keptByStore(
      store,
      listed.map(({ key }) => key),
    )
    if (kept !== undefined) return kept
    await removeAll(store, cluster, backup)
    return `${listed.length} objects, ${sayBytes(left.bytes)}`
  },
}
