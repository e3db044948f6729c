// Objects of a backup that can't be understood end in an error, whatever they hold: none may hang, none may end the process.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { decodeObject } from '../../src/actions/backup/decode-object.ts'
import { readNodeFiles } from '../../src/actions/backup/node-files.ts'
import { once } from '../../src/store/bytes.ts'
import type { BackupObject } from '../../src/store/manifest.ts'

const object = (kind: string): BackupObject => ({
  name: 'x.zst',
  ...{ bytes: 1, sha256: '0'.repeat(64), plainBytes: 1, plainSha256: '0'.repeat(64), level: 'stored' },
  content: { kind, fuzzEnd: '0x1', exactAt: '0x1' },
})
const kinds = ['zookeeper-files', 'replicated-logs', 'node-files', 'mesos-state'] as const

async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
  throw new Error('the store went away')
}

const clusterIdIn = async (text: string): Promise<Buffer> => {
  const archive = pack()
  archive.entry({ name: './var/lib/dcos/cluster-id' }, text)
  archive.entry({ name: './etc/mesosphere/roles/master' }, '')
  archive.finalize()
  return buffer(archive)
}

test.for(kinds)('%s: a stream that fails at once, or later, ends in its own error', async kind => {
  await expect(decodeObject(object(kind), failing(Buffer.alloc(0)))).rejects.toThrow()
  await expect(decodeObject(object(kind), failing(await clusterIdIn('x')))).rejects.toThrow()
})

test.for(kinds)('%s: random bytes are no content', async kind => {
  await expect(decodeObject(object(kind), once(randomBytes(5000)))).rejects.toThrow()
})

test('files of a node tell how many they are and whose', async () => {
  expect(await readNodeFiles(Readable.from([await clusterIdIn('0b76\n')]))).toEqual({ files: 2, clusterId: '0b76' })
})

test('files of a node that were cut off are not taken for whole', async () => {
  const whole = await clusterIdIn('0b76\n')

  await expect(readNodeFiles(Readable.from([whole.subarray(0, 600)]))).rejects.toThrow('Unexpected end of data')
})
