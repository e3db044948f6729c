// Since when there is no good backup: the newest one in the store that is whole and that no verification has found damaged since.

import { sayDuration } from '../../config/duration.ts'
import type { ClusterFile } from '../../config/schema.ts'
import type { GoodBackup } from '../../notify/night.ts'
import { listBackups } from '../../store/backups.ts'
import type { Manifest } from '../../store/manifest.ts'
import { readVerified } from '../../store/verified.ts'
import { withWorldOf } from '../open-world.ts'

export type Newest =
  | { readonly good: GoodBackup | null; readonly where: string }
  /** The store could not be asked. */
  | { readonly unknown: string }

/** Milliseconds. A night that failed must end: its message is worth more than this one fact. */
const storeWithin = 30_000

export async function newestGood(file: ClusterFile): Promise<Newest> {
  const late = Promise.withResolvers<Newest>()
  const timer = setTimeout(() => late.resolve({ unknown: `no answer within ${storeWithin / 1000} s` }), storeWithin)
  try {
    return await Promise.race([late.promise, look(file)])
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

const look = (file: ClusterFile): Promise<Newest> =>
  withWorldOf(file, async world => {
    const store = await world.store()
    const { whole } = await listBackups(store, file.cluster)
    for (const manifest of whole.toReversed()) {
      const verified = await readVerified(store, file.cluster, manifest.backup)
      if (!verified?.failed) return { good: goodOf(manifest), where: store.where }
    }
    return { good: null, where: store.where }
  })

export const goodOf = ({ backup, started, finished, objects, levels }: Manifest): GoodBackup => ({
  backup,
  started,
  finished,
  bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  objects: objects.length,
  level: levels.stored ? 'stored' : 'decoded',
})

/** One sentence for the paragraph of a failed night. Pure. */
export function sayNewest(newest: Newest, lastHere: GoodBackup | undefined, now: Date): string {
  const age = ({ finished }: GoodBackup) => ageOf(finished, now)
  if ('unknown' in newest) {
    const here = lastHere ? `; the last one from this host is ${lastHere.backup}, ${age(lastHere)} old` : ''
    return `How old the newest good backup is can't be seen (${newest.unknown})${here}.`
  }
  if (!newest.good) return `There is no good backup in ${newest.where}.`
  return `The newest good backup is ${newest.good.backup}, ${age(newest.good)} old.`
}

/** `1 h 5 min`: the two largest parts, of days too. */
export function ageOf(moment: string, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - Date.parse(moment)) / 1000)
  const days = Math.floor(seconds / 86_400)
  if (days === 0) return sayDuration(seconds).split(' ').slice(0, 4).join(' ')
  const hours = Math.floor((seconds % 86_400) / 3600)
  return `${days} d${hours > 0 ? ` ${hours} h` : ''}`
}
