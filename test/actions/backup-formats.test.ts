// ZooKeeper's files and the replicated logs as a backup takes them: recorded ones, through a fake node into a real directory.
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { takeBackup } from '../../src/actions/backup/take-backup.ts'
import type { BackupObject } from '../../src/plan/vocabulary.ts'
import { listBackups } from '../../src/store/backups.ts'
import { directoryStore } from '../../src/store/directory.ts'
import type { Content } from '../../src/store/manifest.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { recordedLog } from '../mesos/replicated-log/fixtures.ts'
import { scratch } from '../scratch.ts'
import { hotCopy, unpackedFixture } from '../zookeeper/files/run-hot-copy.ts'

/** The last transaction of the recorded files that are used here. */
const lastZxid = 0x20000028fn

const zookeeperFiles = async (): Promise<Buffer> => (await hotCopy(unpackedFixture('3.4.14-small'))).archive

async function replicatedLog(recording: string): Promise<Buffer> {
  const archive = pack()
  for (const [name, bytes] of await recordedLog(recording))
    archive.entry({ name: `./replicated_log/${name}` }, Buffer.from(bytes))
  archive.finalize()
  return buffer(archive)
}

/** m2 streams this, having applied so much; `opened` is called each time. Returns what the backup says of the object. */
async function taken(
  what: 'zookeeper-files' | 'replicated-logs',
  archive: Buffer,
  { applied = lastZxid, opened = () => {} }: { applied?: bigint; opened?: (fake: FakeWorld) => void } = {},
): Promise<Content | undefined> {
  const store = directoryStore(scratch())
  const fake = fakeWorld({ store })
  fake.node('m2').zxid = applied
  fake.node('m2').streams.push({
    word: what === 'zookeeper-files' ? '/var/lib/dcos/exhibitor/zookeeper' : '/var/lib/dcos/mesos/master',
    next() {
      opened(fake)
      return Readable.from([archive])
    },
  })
  const objects: readonly BackupObject[] = [{ name: 'it.tar', what, from: 'm2' }]
  const action = {
    do: 'take-backup',
    way: 'files',
    store: store.where,
    encryption: 'none',
    objects,
    absent: [],
  } as const
  await takeBackup.perform(action, fake.world, {
    ...{ run: '2026-11-20T020000Z-7f3a', part: 'backup/take', attempt: 1, token: 0 },
    ...{ signal: new AbortController().signal, say: () => {} },
  })
  const { whole } = await listBackups(store, fake.world.file.cluster)
  return whole[0]?.objects[0]?.content
}

test("ZooKeeper's files are exact at the zxid that the member has applied", async () => {
  expect(await taken('zookeeper-files', await zookeeperFiles())).toMatchObject({
    ...{ kind: 'zookeeper-files', from: 'm2', serverVersion: '3.4.14', exactAt: '0x20000028f', transactions: 64 },
  })
})

test('up to where they are fuzzy is asked once the copy has begun: by then the snapshot is complete', async () => {
  for (const zxid of [lastZxid, lastZxid + 9n]) {
    const opened = ({ node }: FakeWorld) => {
      node('m2').zxid = zxid
    }

    const content = await taken('zookeeper-files', await zookeeperFiles(), { applied: lastZxid - 20n, opened })

    expect(content).toMatchObject({ exactAt: '0x20000028f', fuzzEnd: '0x20000028f' })
  }
})

test('files that do not reach what the member had applied are not taken', async () => {
  const taking = taken('zookeeper-files', await zookeeperFiles(), { applied: lastZxid + 3n })

  await expect(taking).rejects.toThrow(
    /files of m2 are not exact: .*logs up to 0x200000292.*saw logs up to 0x20000028f/,
  )
})

test('files whose stream was cut off are not taken', async () => {
  const files = await zookeeperFiles()

  await expect(taken('zookeeper-files', files.subarray(0, 60_000))).rejects.toThrow(/cut off/)
})

test('files that were copied while ZooKeeper got a new leader are not taken', async () => {
  const opened = ({ node }: FakeWorld) => {
    node('m2').zxid = node('m2').zxid === lastZxid ? 0x300000001n : lastZxid
  }
  const taking = taken('zookeeper-files', await zookeeperFiles(), { opened })

  await expect(taking).rejects.toThrow('had a new leader while m2 was copied (epoch 3, the copy is of 2)')
})

test('a replicated log is taken with what it holds', async () => {
  expect(await taken('replicated-logs', await replicatedLog('replicated_log.tar.gz'))).toMatchObject({
    ...{ kind: 'replicated-logs', from: 'm2' },
    logs: { replicated_log: { status: 'VOTING', begin: 77, end: 78 } },
  })
})

test('a torn log is not taken, and the file that is missing is named', async () => {
  await expect(taken('replicated-logs', await replicatedLog('replicated_log_torn.tar.gz'))).rejects.toThrow(
    'the replicated_log of m2 is not sound: 000686.ldb: is missing, and MANIFEST-000023 says it is live',
  )
})
