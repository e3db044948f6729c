// Removes a backup that no rule keeps, its manifest first. Whether it still may is asked again right before, of the store as it stands then.
import type { Performer } from '../../engine/ports.ts'
import { sayBytes } from '../../output/bytes.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { type KnownManifests, readManifest } from '../../store/backups.ts'
import { gathered } from '../../store/bytes.ts'
import { folderOf, keptByStore, prunable, removeAll } from '../../store/prunable.ts'
import type { World } from '../../world.ts'
import { storeMeant } from './store-meant.ts'

type RemoveBackup = Extract<Action, { do: 'remove-backup' }>

export const removeBackup: Performer<RemoveBackup, World> = {
  async look({ backup, store: meant }, world) {
    const store = await storeMeant(world, meant)
    for await (const _ of store.list(folderOf(world.file.cluster, backup))) return 'absent'
    return 'in-place'
  },

  async perform({ backup, rules, store: meant }, world) {
    const store = await storeMeant(world, meant)
    const { cluster } = world.file
    const seen = await readManifest(store, cluster.name, backup)
    if ('manifest' in seen) {
      if (seen.manifest.cluster.id !== cluster.id)
        throw new Error(`${backup} is left alone: it belongs to cluster ${seen.manifest.cluster.id}`)
      const { fates, notWell } = await prunable(store, cluster, rules, knownTo(world))
      const fate = fates.find(one => one.backup === backup)
      if (fate?.isKept) return `kept after all: ${fate.because}`
      if (fate === undefined) return `left alone: ${notWell.find(one => one.backup === backup)?.why ?? 'it is gone'}`
    } else if (!seen.missing) throw new Error(`${backup} is left alone: ${seen.problem}`)
    // Without a manifest somebody else began to remove it, or we did before we died.
    const listed = await gathered(store.list(folderOf(cluster, backup)))
    const kept = await keptByStore(
      store,
      listed.map(({ key }) => key),
    )
    if (kept !== undefined) return kept
    await removeAll(store, cluster, backup)
    return `${listed.length} objects, ${sayBytes(listed.reduce((sum, { bytes }) => sum + bytes, 0))}`
  },
}

const memories = new WeakMap<World, KnownManifests>()

function knownTo(world: World): KnownManifests {
  const known = memories.get(world) ?? new Map()
  memories.set(world, known)
  return known
}
