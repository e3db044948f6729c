// Understands the content of an object that is in the store, by the same decoders that saw it when it was written.
import { Readable } from 'node:stream'
import { decodeArchive as decodeLogs } from '../../mesos/replicated-log/archive.ts'
import type { Decode } from '../../store/verify-backup.ts'
import { decodeArchive as decodeZookeeper } from '../../zookeeper/files/decode-archive.ts'
import { readZnodes } from '../../zookeeper/walk/read-znodes.ts'
import { readGenconfArchive } from './bootstrap-genconf.ts'
import { readEtcdBackup } from './etcd.ts'
import { readSqlDump } from './iam-database.ts'
import { readNodeFiles } from './node-files.ts'
import { describeAll } from './replicated-logs.ts'
import { sayNote } from './zookeeper-files.ts'

/** @throws Error saying why the content is not what the manifest says it is. */
export const decodeObject: Decode = async ({ name, content }, plain) => {
  switch (content.kind) {
    case 'zookeeper-files': {
      const { exactAt, notes } = await decodeZookeeper(plain, { fuzzEnd: BigInt(String(content.fuzzEnd)) })
      const said = exactAt === undefined ? 'none' : `0x${exactAt.toString(16)}`
      if (said === content.exactAt) return
      throw new Error(
        `it is exact at ${said}, the manifest says ${String(content.exactAt)}: ${notes.map(sayNote).join('; ')}`,
      )
    }
    case 'zookeeper-znodes': {
      const { znodes, claim } = await readZnodes(plain, () => {})
      if (znodes === content.znodes && claim === content.claim) return
      throw new Error(
        `it has ${znodes} znodes (${claim}), the manifest says ${String(content.znodes)} (${String(content.claim)})`,
      )
    }
    case 'replicated-logs':
      describeAll(name, await decodeLogs(Readable.from(plain)))
      return
    case 'node-files':
      await readNodeFiles(Readable.from(plain))
      return
    case 'iam-database':
      await readSqlDump(plain)
      return
    case 'etcd':
      await readEtcdBackup(Readable.from(plain))
      return
    case 'bootstrap-genconf':
      await readGenconfArchive(Readable.from(plain))
      return
    default:
      JSON.parse(await text(plain))
  }
}

/** Logical copies are JSON that was held whole when it was taken, too. */
async function text(plain: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of plain) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
