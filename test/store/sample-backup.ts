// A small backup in a fresh directory, for tests.
import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { type BackupWriter, backupWriter, type Circumstances, type Encryption } from '../../src/store/backup-writer.ts'
import { once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import type { Store } from '../../src/store/store.ts'

export const cluster = { name: 'prod', id: '5d1c6a0e-0f52-4f3c-8e0e-b0c1f0b3b3d1' }
export const backup = '2026-11-20T020000Z-7f3a'
export const circumstances: Circumstances = {
  dcosctl: '0.1.0',
  started: '2026-11-20T02:00:00.000Z',
  finished: '2026-11-20T02:00:09.120Z',
  host: 'control-1',
  way: 'files',
  absent: [{ what: 'etcd', why: 'DC/OS 2.0 has none' }],
}

export async function freshStore(): Promise<Store> {
  return directoryStore(await mkdtemp(join(tmpdir(), 'dcosctl-backup-')))
}

export function writerTo(
  store: Store,
  more: { readonly readBack?: boolean; readonly backup?: string; readonly encryption?: Encryption } = {},
): BackupWriter {
  return backupWriter({ store, cluster, encryption: 'none', backup, readBack: false, ...more })
}

export async function* tarOf(files: Readonly<Record<string, Buffer>>): AsyncGenerator<Uint8Array> {
  const archive = pack()
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, bytes)
  archive.finalize()
  for await (const chunk of archive) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('tar-stream packs bytes')
    yield chunk
  }
}

/** Half of it compresses, half does not; always the same. */
export function someBytes(length: number): Buffer {
  const hash = (n: number) => createHash('sha512').update(String(n)).digest()
  return Buffer.concat(
    Array.from({ length: Math.ceil(length / 128) }, (_, n) => Buffer.concat([hash(n), Buffer.alloc(64)])),
  )
}

export async function writeSample(store: Store, more: Parameters<typeof writerTo>[1] = {}) {
  const writer = writerTo(store, more)
  const files = { './zookeeper/snapshot.100': someBytes(300_000), './zookeeper/log.101': someBytes(5_000) }
  await writer.object('zookeeper/files.tar', tarOf(files), () => ({ follower: 'm2', exactAt: '0x1a' }))
  await writer.object('mesos/registry.json', once(Buffer.from('{"slaves":[]}')), () => ({ agents: 0 }))
  await writer.object('marathon/groups.json', once(Buffer.from('{}')), () => ({}))
  return { writer, manifest: await writer.commit(circumstances) }
}
