// Files of a member that does not serve: what may be claimed of them, how far its log reaches, and a copy that is kept on the node.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeArchive } from '../../../src/zookeeper/files/decode-archive.ts'
import { hotCopyScript, keptScript, logScript, memberScript } from '../../../src/zookeeper/files/hot-copy.ts'
import { lastRecordOf } from '../../../src/zookeeper/files/last-record.ts'
import { hotCopy, inPieces, unpackedFixture } from './run-hot-copy.ts'

/** The last transaction of the recorded files. */
const last = 0x20000028fn

const logsOf = (root: string) => join(root, 'transactions/version-2')
const newestLog = (root: string): string => {
  const [newest = ''] = readdirSync(logsOf(root)).toSorted().toReversed()
  return newest
}
const logBytes = (root: string, name: string): Buffer => execFileSync('sh', ['-c', logScript, 'log', root, name])
const atRest = async (archive: Buffer) => decodeArchive(inPieces(archive), { fuzzEnd: 'at rest' })

test('a log that ends in its padding makes the copy exact, though nobody said how far the snapshot reaches', async () => {
  const { archive } = await hotCopy(unpackedFixture('3.4.14-small'))

  expect(await atRest(archive)).toMatchObject({ exactAt: last, broken: false })
})

test('a record that was torn by a power cut does not count, and is named', async () => {
  const root = unpackedFixture('3.4.14-small')
  const log = join(logsOf(root), newestLog(root))
  const data = readFileSync(log)
  const end = data.findLastIndex(byte => byte !== 0)
  truncateSync(log, end - 3)
  const { archive } = await hotCopy(root)

  const { exactAt, lastZxid, notes } = await atRest(archive)

  expect(lastZxid).toBe(last - 1n)
  expect(exactAt === undefined || exactAt === last - 1n).toBe(true)
  expect(notes.length).toBeGreaterThan(0)
})

test('a log without a trace of padding, right behind the snapshot, proves nothing', async () => {
  const root = unpackedFixture('3.4.14-small')
  const log = join(logsOf(root), newestLog(root))
  truncateSync(log, readFileSync(log).findLastIndex(byte => byte !== 0) + 1)
  const [snapshot = ''] = readdirSync(join(root, 'snapshot/version-2'))
    .filter(name => name.startsWith('snapshot.'))
    .toSorted()
    .toReversed()
  execFileSync('touch', ['-d', '2100-01-01', join(root, 'snapshot/version-2', snapshot)])
  const { archive } = await hotCopy(root)

  const { exactAt, notes } = await atRest(archive)

  expect(exactAt).toBeUndefined()
  expect(notes.map(({ expected }) => expected)).toContain(
    'to know which later transactions are partly in this snapshot',
  )
})

test('how far a log reaches is told by its last whole record', async () => {
  const root = unpackedFixture('3.4.14-small')

  const whole = await lastRecordOf(inPieces(logBytes(root, newestLog(root))))
  appendFileSync(join(logsOf(root), 'log.200000290'), Buffer.alloc(4096))
  const empty = await lastRecordOf(inPieces(logBytes(root, 'log.200000290')))

  expect(whole).toBe(last)
  expect(empty).toBeUndefined()
})

test('a member names its epochs, its snapshots and its logs, oldest first', () => {
  const root = unpackedFixture('3.4.14-small')
  writeFileSync(join(root, 'snapshot/version-2/currentEpoch'), '2')

  const said = execFileSync('sh', ['-c', memberScript, 'member', root], { encoding: 'utf8' })

  expect(said.split('\n')).toContain('currentEpoch 2')
  expect(said).toMatch(/^log log\.[0-9a-f]+$/m)
  expect(said).toMatch(/^snapshot snapshot\.[0-9a-f]+$/m)
  expect(said.endsWith('end\n')).toBe(true)
})

test('a copy that is kept is what would have been shipped, and stays as it is when a server writes to the logs again', async () => {
  const root = unpackedFixture('3.4.14-small')
  const folder = join(root, '.dcosctl-stopped-copy.r1')
  const kept = spawnSync('sh', ['-c', hotCopyScript, 'hot-copy', root, 'keep', folder], { encoding: 'utf8' })
  const log = join(logsOf(root), newestLog(root))
  truncateSync(log, 20)

  const archive = execFileSync('sh', ['-c', keptScript, 'kept', folder])

  expect(kept).toMatchObject({ status: 0, stdout: '' })
  expect(await atRest(archive)).toMatchObject({ exactAt: last })
  expect(readdirSync(root).filter(name => name.startsWith('.dcosctl'))).toEqual(['.dcosctl-stopped-copy.r1'])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})
