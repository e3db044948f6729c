// Backups of many days in one store, small and whole, for tests of what is kept of them.
import { backupWriter } from '../../src/store/backup-writer.ts'
import type { Cluster } from '../../src/store/backups.ts'
import { once } from '../../src/store/bytes.ts'
import type { Store } from '../../src/store/store.ts'
import { circumstances } from './sample-backup.ts'

/** @param at as in its name: `2026-11-20T02`; the whole name is `backupAt` of it */
export async function takeBackupAt(
  store: Store,
  cluster: Cluster,
  at: string,
  { readBack = true, finished = new Date(circumstances.finished) } = {},
): Promise<string> {
  const backup = backupAt(at)
  const writer = backupWriter({ store, cluster, backup, encryption: 'none', readBack })
  await writer.object('mesos/state.json', once(Buffer.from('{}')), () => ({}))
  await writer.commit({ ...circumstances, finished: finished.toISOString() })
  return backup
}

export const backupAt = (at: string): string => `${at}0000Z-7f3a`
