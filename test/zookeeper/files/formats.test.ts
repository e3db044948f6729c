// The small parts: text as ZooKeeper shows it, names and their order, compression, the seals of each version.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { adler32 } from '../../../src/zookeeper/files/adler32.ts'
import { checkSnapshot, plainSnapshot } from '../../../src/zookeeper/files/check-snapshot.ts'
import { dataFiles, follows, neededLogs } from '../../../src/zookeeper/files/choose-files.ts'
import { inspect } from '../../../src/zookeeper/files/inspect.ts'
import { renderText } from '../../../src/zookeeper/files/jute.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { fixture, truth } from './fixtures.ts'
import { scratch, writtenOver } from './run-hot-copy.ts'
import { snapshotFile } from './write-files.ts'

test('a character beyond the BMP, which Java writes as two surrogates, is shown as ZooKeeper shows it', () => {
  expect(renderText(Buffer.from('us\xed\xa0\xbd\xed\xb8\x80er', 'latin1'))).toBe('us\ufffd\ufffder')
  expect(renderText(Buffer.from('\ud7ff\ue000 漢ü', 'utf8'))).toBe('\ud7ff\ue000 漢ü')
  expect(renderText(Buffer.from([0x61, 0xed]))).toBe('a\ufffd')
})

test('Adler-32 goes on from piece to piece', () => {
  expect(adler32(Buffer.from('Wikipedia'))).toBe(0x11e60398)
  const bytes = Buffer.alloc(100_000, 0xff)
  expect(adler32(bytes, 12_345, bytes.length, adler32(bytes, 0, 12_345))).toBe(adler32(bytes))
})

test('the logs needed are the last one named at most one above the snapshot, and all later ones', () => {
  const { snapshots, logs } = dataFiles([
    'x/log.10',
    'x/log.2',
    'x/log.9',
    'y/snapshot.8',
    'y/snapshot.10.gz',
    'log.9.bak',
    'myid',
  ])
  expect(snapshots).toEqual([
    { file: 'y/snapshot.8', zxid: 8n, compression: 'none' },
    { file: 'y/snapshot.10.gz', zxid: 16n, compression: 'gzip' },
  ])
  const names = (base: bigint) => neededLogs(logs, base).map(({ file }) => file)
  expect(names(0n)).toEqual(['x/log.2', 'x/log.9', 'x/log.10'])
  expect(names(7n)).toEqual(['x/log.2', 'x/log.9', 'x/log.10'])
  expect(names(8n)).toEqual(['x/log.9', 'x/log.10'])
  expect(names(99n)).toEqual(['x/log.10'])
})

test('a transaction is followed by the next one, or by the first of a later epoch', () => {
  expect(follows(0x100000005n, 0x100000006n)).toBe(true)
  expect(follows(0x100000005n, 0x300000001n)).toBe(true)
  for (const other of [0x100000005n, 0x100000007n, 0x200000002n, 0x200000000n, 1n])
    expect(follows(0x100000005n, other)).toBe(false)
})

const small = { sessions: [], acls: [], znodes: [] }
test.each([
  ['3.4', {}, null, null],
  ['3.6', { digest: { zxid: 7n, tree: 9n } }, { zxid: 7n, version: 2, tree: 9n }, null],
  ['3.9 without digests', { lastProcessedZxid: 8n }, null, 8n],
  ['3.9', { digest: { zxid: 7n, tree: 9n }, lastProcessedZxid: 8n }, { zxid: 7n, version: 2, tree: 9n }, 8n],
])('the seals of %s are read', async (_, sections, digest, lastProcessedZxid) => {
  const file = snapshotFile({ ...small, ...sections })
  const { seal } = await checkSnapshot(writtenOver(file, 3))
  expect(seal).toEqual({ bytes: file.length, znodes: 0, digest, lastProcessedZxid })
})

test.each(['gzip', 'snappy'] as const)(
  'a snapshot compressed by %s and cut or garbled is damaged',
  async compression => {
    const name = compression === 'gzip' ? '3.8.0-gz' : '3.8.0-snappy'
    const files = await openFiles(fixture(name))
    const newest = dataFiles(files.names).snapshots.at(-1)?.file ?? ''
    const bytes = await collected(files.open(newest))
    const check = (some: Buffer) => checkSnapshot(plainSnapshot(writtenOver(some, 1_000), compression))
    expect((await check(bytes)).seal.znodes).toBeGreaterThan(300)
    await expect(check(bytes.subarray(0, bytes.length - 30))).rejects.toThrow('expected')
    await expect(check(Buffer.alloc(100, 7))).rejects.toThrow('expected')
    const garbled = Buffer.from(bytes)
    garbled.fill(0xff, 9_000, 9_100)
    await expect(check(garbled)).rejects.toThrow('expected')
  },
)

test('a folder, a .tar, a .tar.gz and a .tar.zst give the same lines', async () => {
  const folder = scratch()
  const unpacked = join(folder, 'unpacked')
  mkdirSync(unpacked)
  execFileSync('tar', ['xzf', fixture('3.4.14-small'), '-C', unpacked])
  const tar = gunzipSync(readFileSync(fixture('3.4.14-small')))
  writeFileSync(join(folder, 'x.tar'), tar)
  writeFileSync(join(folder, 'x.tar.gz'), gzipSync(tar))
  writeFileSync(join(folder, 'x.tar.zst'), zstdCompressSync(tar))
  const wanted = truth('3.4.14-small.expected.jsonl.gz').znodes
  for (const path of [unpacked, join(folder, 'x.tar'), join(folder, 'x.tar.gz'), join(folder, 'x.tar.zst')]) {
    const [, ...znodes] = printed(await inspect(await openFiles(path)))
    expect(znodes, path).toEqual(wanted)
  }
})

test('an archive that was cut off is an error, not a smaller state', async () => {
  const folder = scratch()
  const tar = gunzipSync(readFileSync(fixture('3.4.14-small')))
  writeFileSync(join(folder, 'x.tar'), tar.subarray(0, 300_000))
  writeFileSync(join(folder, 'x.tar.gz'), gzipSync(tar).subarray(0, 50_000))
  await expect(openFiles(join(folder, 'x.tar'))).rejects.toThrow('cut off')
  const between = tar.indexOf('transactions/version-2/log.200000250\0')
  writeFileSync(join(folder, 'y.tar'), tar.subarray(0, between))
  await expect(openFiles(join(folder, 'y.tar'))).rejects.toThrow('cut off')
  await expect(openFiles(join(folder, 'x.tar.gz'))).rejects.toThrow('unexpected end of file')
})

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
