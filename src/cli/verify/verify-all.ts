// Verifies many backups, those first that were not looked at for longest.
import { eachOf } from '../../parallel.ts'
import { type Backups, type Cluster, listBackups } from '../../store/backups.ts'
import type { Store } from '../../store/store.ts'
import { readVerified, type Verified, type VerifiedLevel } from '../../store/verified.ts'

const readAtOnce = 8

/** What is kept of the whole ones, by their names. */
export async function verifiedOf(
  store: Store,
  cluster: Cluster,
  { whole }: Backups,
): Promise<ReadonlyMap<string, Verified>> {
  const known = await eachOf(whole, readAtOnce, ({ backup }) => readVerified(store, cluster, backup))
  return new Map(known.flatMap(one => (one ? [[one.backup, one] as const] : [])))
}

/** Names, the one first that reached this level never or longest ago; damaged ones come first of all. */
export async function oldestVerifiedFirst(
  store: Store,
  cluster: Cluster,
  level: VerifiedLevel,
): Promise<readonly string[]> {
  const backups = await listBackups(store, cluster)
  const verified = await verifiedOf(store, cluster, backups)
  const known = backups.whole.map(({ backup }) => ({ backup, at: verified.get(backup)?.reached[level] ?? '' }))
  return [...backups.damaged, ...known.toSorted(byTime)].map(({ backup }) => backup)
}

interface Known {
  readonly backup: string
  readonly at: string
}

const byTime = (a: Known, b: Known): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.backup < b.backup ? -1 : 1)
