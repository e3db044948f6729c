// What a prune may remove, as the store stands now: a fate with its reason for every backup, and what killed runs left behind.
import { eachOf } from '../parallel.ts'
import { type Backups, type Cluster, type KnownManifests, listBackups } from './backups.ts'
import { gathered } from './bytes.ts'
import { isBackupId } from './manifest.ts'
import { removeWhole } from './remove-folder.ts'
import { type Fate, fatesOf, type Rules } from './retention.ts'
import type { Store } from './store.ts'
import { readVerified, recordKey, type Verified } from './verified.ts'

export interface Prunable {
  readonly backups: Backups
  /** Of backups that count, oldest first. */
  readonly fates: readonly Fate[]
  /** Whole, but found not well by the last verification: they take no other's place, and are left to a person. */
  readonly notWell: readonly { readonly backup: string; readonly why: string }[]
}

const atOnce = 8

/** @param known a memory of manifests, which are final; for a survey that is made again and again. @throws StoreError */
export async function prunable(store: Store, cluster: Cluster, rules: Rules, known: KnownManifests): Promise<Prunable> {
  const backups = await listBackups(store, cluster, known)
  const records = await recordsOf(store, cluster)
  const notWell = backups.whole.flatMap(({ backup }) => {
    const failed = records.get(backup)?.failed
    return failed ? { backup, why: `verifying it failed at ${failed.at} (${failed.level}): ${failed.why}` } : []
  })
  const bad = new Set(notWell.map(({ backup }) => backup))
  const candidates = backups.whole
    .filter(({ backup }) => !bad.has(backup))
    .map(({ backup, levels }) => ({
      backup,
      isWell: levels.stored || Object.keys(records.get(backup)?.reached ?? {}).length > 0,
    }))
  return { backups, fates: fatesOf(candidates, rules), notWell }
}

async function recordsOf(store: Store, cluster: Cluster): Promise<ReadonlyMap<string, Verified>> {
  const prefix = `${cluster.name}/verified/`
  const names = (await gathered(store.list(prefix))).map(({ key }) => key.slice(prefix.length).replace(/\.json$/, ''))
  const read = await eachOf(names.filter(isBackupId), atOnce, name => readVerified(store, cluster, name))
  return new Map(read.flatMap(record => (record === undefined ? [] : [[record.backup, record] as const])))
}

/** The folder of a backup, and what stands about it elsewhere. */
export const folderOf = (cluster: Cluster, backup: string): string => `${cluster.name}/${backup}/`

/** Unfinished objects that belong to no folder without a manifest: of retried parts, or of records. */
export async function strayUploads(
  store: Store,
  cluster: Cluster,
  { leftovers }: Backups,
): Promise<readonly { readonly key: string; readonly since: Date; discard(): Promise<void> }[]> {
  const folders = new Set(leftovers.map(({ backup }) => backup))
  return (await gathered(store.unfinished(`${cluster.name}/`))).filter(
    ({ key }) => !folders.has(key.split('/')[1] ?? ''),
  )
}

/** The longest that the store itself keeps anything of a backup; undefined where it keeps nothing. */
export async function keptByStore(store: Store, keys: readonly string[]): Promise<string | undefined> {
  const all = (await eachOf(keys, atOnce, key => store.keptUntil(key))).filter(kept => kept !== undefined)
  if (all.includes('held')) return 'kept by a legal hold'
  const dates = all.flatMap(kept => (kept instanceof Date ? kept.getTime() : []))
  return dates.length === 0 ? undefined : `kept until ${new Date(Math.max(...dates)).toISOString()} by Object Lock`
}

/**
 * Removes the folder of a backup and its record: the manifest first, so that a half-removed backup is none, then the record, so that
 * none outlives its backup. A removal that was cut short looks as what a killed backup leaves, and the next prune ends it.
 */
export async function removeAll(store: Store, cluster: Cluster, backup: string): Promise<void> {
  const records = (await gathered(store.list(recordKey(cluster.name, backup)))).map(({ key }) => key)
  await removeWhole(store, folderOf(cluster, backup), records)
}
