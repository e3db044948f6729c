// A small fake cluster, a backup taken from it by the real action, and a backup removed by the real action: what is killed, and what goes on after it.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { takeBackup } from '../../../src/actions/backup/take-backup.ts'
import { discardUploads } from '../../../src/actions/prune/discard-uploads.ts'
import { removeBackup } from '../../../src/actions/prune/remove-backup.ts'
import { removeLeftover } from '../../../src/actions/prune/remove-leftover.ts'
import type { StepContext } from '../../../src/engine/ports.ts'
import { listBackups } from '../../../src/store/backups.ts'
import { strayUploads } from '../../../src/store/prunable.ts'
import type { Store } from '../../../src/store/store.ts'
import { fakeWorld } from '../../fake-world.ts'

export const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }

export type Work = 'take' | 'remove'

/**
 * Takes the backup `run`, or removes it, as the engine does: looks first.
 * @param large whether one object is so large that it goes up in parts
 */
export async function work(what: Work, store: Store, run: string, { large = false } = {}): Promise<void> {
  const fake = fakeWorld({ store })
  const { world } = fake
  const context: StepContext = {
    ...{ run, part: 'backup/take', attempt: 1, token: 0, signal: new AbortController().signal },
    say: () => {},
  }
  if (what === 'take') {
    const files = await filesOfMaster(large ? 5_300_000 : 1000)
    fake.node('m2').streams.push({ word: 'etc/mesosphere', next: () => Readable.from([files]) })
    const action: Parameters<typeof takeBackup.look>[0] = {
      do: 'take-backup',
      way: 'files',
      store: store.where,
      encryption: 'none',
      absent: [],
      objects: [
        { name: 'nodes/m2.tar', what: 'node-files', from: 'm2' },
        { name: 'mesos/registry.json', what: 'mesos-registry', from: 'm1' },
      ],
    }
    if ((await takeBackup.look(action, world, context)) !== 'in-place') await takeBackup.perform(action, world, context)
  } else {
    const action: Parameters<typeof removeBackup.look>[0] = {
      do: 'remove-backup',
      store: store.where,
      backup: run,
      rules: { keep: { last: 1, daily: 0, weekly: 0, monthly: 0, yearly: 0 }, zone: 'UTC' },
      because: 'not among the last 1',
    }
    if ((await removeBackup.look(action, world, context)) !== 'in-place')
      await removeBackup.perform(action, world, context)
  }
}

/** What killed work left in the folder of a backup, however young it is; also in that of a whole one. */
export async function clear(store: Store, backup: string): Promise<void> {
  const { world } = fakeWorld({ store })
  const context = { run: 'x', part: 'x', attempt: 1, token: 0, signal: new AbortController().signal, say: () => {} }
  const action = { do: 'remove-leftover', store: store.where, backup, olderThan: 0 } as const
  await removeLeftover.perform(action, world, context)
  const keys = (await strayUploads(store, cluster, await listBackups(store, cluster))).map(({ key }) => key)
  const uploads = { do: 'discard-uploads', store: store.where, keys, olderThan: 0 } as const
  await discardUploads.perform(uploads, world, context)
}

/** Random, so that compression leaves enough for two parts of an upload. */
async function filesOfMaster(bytes: number): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: './etc/mesosphere/large' }, randomBytes(bytes))
  archive.entry({ name: './var/lib/dcos/cluster-id' }, `${cluster.id}\n`)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
