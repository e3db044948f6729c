// A backup that somebody made by hand: every digest and checksum in it is right, and one transaction in it is not what ZooKeeper logged.

import { Readable } from 'node:stream'
import { extract, pack } from 'tar-stream'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { readManifest } from '../../src/store/backups.ts'
import { collected } from '../../src/store/bytes.ts'
import type { BackupObject } from '../../src/store/manifest.ts'
import { openObject } from '../../src/store/open-object.ts'
import type { Store } from '../../src/store/store.ts'
import { adler32 } from '../../src/zookeeper/files/adler32.ts'

/** Copies `backup` to the name `as`, with `from` in the first transaction that holds it replaced by `to` of the same length. */
export async function forge(store: Store, cluster: string, backup: string, change: Forgery): Promise<void> {
  const seen = await readManifest(store, cluster, backup)
  if (!('manifest' in seen)) throw new Error(seen.problem)
  const { manifest } = seen
  const { dcosctl, started, finished, host, way, absent } = manifest
  const place = { store, cluster: manifest.cluster, backup: change.as, encryption: 'none', readBack: true } as const
  const writer = backupWriter(place)
  for (const object of manifest.objects) {
    const plain = await collected(openObject({ store, cluster, backup }, object, undefined), 100_000_000)
    await writer.object(object.name.replace(/\.zst$/, ''), forged(object, plain, change), () => object.content)
  }
  await writer.commit({ dcosctl, started, finished, host, way, absent })
}

interface Forgery {
  readonly as: string
  readonly from: string
  readonly to: string
}

async function* forged({ content }: BackupObject, plain: Buffer, change: Forgery): AsyncGenerator<Uint8Array> {
  if (content.kind !== 'zookeeper-files') {
    yield plain
    return
  }
  const unpacked = Readable.from([plain]).pipe(extract())
  const packed = pack()
  for await (const entry of unpacked) {
    const parts: Uint8Array[] = []
    for await (const part of entry) if (part instanceof Uint8Array) parts.push(part)
    const bytes = Buffer.concat(parts)
    const { name, type, mode, mtime } = entry.header
    const size = bytes.length
    packed.entry(
      { name, ...(type ? { type } : {}), ...(mode ? { mode } : {}), ...(mtime ? { mtime } : {}), size },
      forgedLog(name, bytes, change),
    )
  }
  packed.finalize()
  for await (const piece of packed) if (piece instanceof Uint8Array) yield piece
}

const headerBytes = 16

/** A record: Adler-32 of its bytes as a long, their number, the bytes, and a B. */
function forgedLog(name: string, bytes: Buffer, { from, to }: Forgery): Buffer {
  if (!/\/log\.[0-9a-f]+$/.test(name)) return bytes
  for (let at = headerBytes; at + 12 <= bytes.length; ) {
    const length = bytes.readInt32BE(at + 8)
    if (length === 0) break
    const record = bytes.subarray(at + 12, at + 12 + length)
    const found = record.indexOf(from)
    if (found >= 0) {
      record.write(to, found)
      bytes.writeBigInt64BE(BigInt(adler32(record)), at)
      return bytes
    }
    at += 12 + length + 1
  }
  return bytes
}
