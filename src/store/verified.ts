// What `verify` found of a backup, kept beside the backups: a manifest is final, so later levels stand in a file of their own.
import { z } from 'zod'
import type { Cluster } from './backups.ts'
import { collected, once } from './bytes.ts'
import { isBackupId } from './manifest.ts'
import { isNotFound, type Store } from './store.ts'

/** From the least to the most: bytes read back; decoded as well; decoded after decryption; a scratch server was started from it. */
export const verifiedLevels = ['stored', 'decoded', 'opened', 'drilled'] as const
export type VerifiedLevel = (typeof verifiedLevels)[number]

const record = z.strictObject({
  format: z.literal('dcosctl-verified'),
  version: z.literal(1),
  backup: z.string(),
  clusterId: z.string(),
  /** When each level was last reached. A level that failed last time is not here. */
  reached: z.partialRecord(z.enum(verifiedLevels), z.iso.datetime()),
  /** What was wrong last time, and when; null where all was well. */
  failed: z.strictObject({ at: z.iso.datetime(), level: z.enum(verifiedLevels), why: z.string() }).nullable(),
})
export type Verified = z.output<typeof record>

const largest = 64 * 1024
export const recordKey = (cluster: string, backup: string): string => `${cluster}/verified/${backup}.json`

/** @throws StoreError */
export async function recordVerified(store: Store, cluster: string, verified: Verified): Promise<void> {
  if (!isBackupId(verified.backup)) throw new Error(`${verified.backup} is not the id of a backup`)
  const bytes = Buffer.from(`${JSON.stringify(record.parse(verified), undefined, 2)}\n`)
  await store.put(recordKey(cluster, verified.backup), once(bytes))
}

/** Undefined where it was never verified, or where what stands there can't be read: then nothing is known. @throws StoreError */
export async function readVerified(store: Store, cluster: Cluster, backup: string): Promise<Verified | undefined> {
  try {
    const bytes = await collected(await store.get(recordKey(cluster.name, backup)), largest)
    const seen = record.safeParse(JSON.parse(bytes.toString('utf8')))
    return seen.success && seen.data.backup === backup && seen.data.clusterId === cluster.id ? seen.data : undefined
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}
