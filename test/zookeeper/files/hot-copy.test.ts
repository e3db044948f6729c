// The hot-copy script on real files: what it ships, what it leaves behind, and what is said of an archive that is not right.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { checkedArchive, decodeArchive } from '../../../src/zookeeper/files/decode-archive.ts'
import { STAGING_PREFIX } from '../../../src/zookeeper/files/hot-copy.ts'
import { inspect } from '../../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { truth } from './fixtures.ts'
import { hotCopy, inPieces, scratch, start, unpackedFixture } from './run-hot-copy.ts'

const fuzzEnd = 0n

function filesUnder(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return new Map(
    files.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [path, createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )
}

const staging = (root: string) => readdirSync(root).filter(name => name.startsWith(STAGING_PREFIX))

test.each(['3.4.14-hot-partial-snapshot', '3.4.14-hot', '3.4.14-stopped', '3.4.14-small', '3.8.0-hot'])(
  '%s: the copy holds the same state as the folder, which stays as it was',
  async name => {
    const root = unpackedFixture(name)
    const before = filesUnder(root)
    const wanted = truth(`${name}.expected.jsonl.gz`)

    const { exit, archive, stderr } = await hotCopy(root)

    expect(stderr).toMatch(/^dcosctl-hot-copy: linked snapshot\.[0-9a-f]+\n$/)
    expect(exit).toBe(0)
    expect(filesUnder(root)).toEqual(before)
    const zxid = BigInt(wanted.summary.zxid)
    const contents = await decodeArchive(inPieces(archive), { fuzzEnd: zxid })
    expect(contents).toMatchObject({
      exactAt: zxid,
      lastZxid: zxid,
      records: wanted.summary.txnsReplayed,
      broken: false,
    })
    const file = join(scratch(), 'files.tar')
    writeFileSync(file, archive)
    const [, ...znodes] = printed(await inspect(await openFiles(file), { fuzzEnd: zxid }))
    expect(znodes).toEqual(wanted.znodes)
  },
)

test('padding is not shipped, but for the little that shows that nothing was cut off', async () => {
  const root = unpackedFixture('3.4.14-small')
  const log = join(root, 'transactions/version-2/log.200000250')
  truncateSync(log, 64 * 1024 * 1024) // sparse, as ZooKeeper makes it
  const { archive } = await hotCopy(root)
  expect(archive.length).toBeLessThan(300_000)
  const contents = await decodeArchive(inPieces(archive), { fuzzEnd })
  expect(contents).toMatchObject({ exactAt: 0x20000028fn, notes: [] })
})

test('data behind megabytes of zeros is shipped', async () => {
  const root = unpackedFixture('3.4.14-small')
  const log = join(root, 'transactions/version-2/log.200000250')
  const bytes = Buffer.alloc(9 * 1024 * 1024)
  readFileSync(log).copy(bytes)
  bytes.write('data', bytes.length - 5_000_000)
  writeFileSync(log, bytes)
  const { archive } = await hotCopy(root)
  expect(archive.includes(bytes.subarray(0, bytes.length - 4_999_996))).toBe(true)
})

test('a folder that a killed copy left is removed by the next one, that of a running copy is not', async () => {
  const root = unpackedFixture('3.4.14-small')
  const running = start(root, 'ask')
  await vi.waitUntil(() => staging(root).length === 1 && existsSync(join(root, staging(root)[0] ?? '', 'owner')))
  const killed = start(root, 'ask')
  await vi.waitUntil(() => existsSync(join(root, `${STAGING_PREFIX}${killed.pid}`, 'zookeeper/snapshot/version-2')))
  killed.kill('SIGKILL')
  await new Promise(resolve => killed.on('close', resolve))
  expect(staging(root)).toHaveLength(2)
  mkdirSync(join(root, `${STAGING_PREFIX}1`))
  writeFileSync(join(root, `${STAGING_PREFIX}1`, 'owner'), 'an earlier boot, when process 1 was a copy\n')

  const next = await hotCopy(root)

  expect(next.exit).toBe(0)
  expect(staging(root)).toEqual([`${STAGING_PREFIX}${running.pid}`])
  running.stdin?.end()
  await new Promise(resolve => running.on('close', resolve))
  expect(staging(root)).toEqual([])
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s leaves no folder behind', async signal => {
  const root = unpackedFixture('3.4.14-small')
  const script = start(root, 'ask')
  script.stderr?.resume()
  await vi.waitUntil(() => staging(root).length === 1)
  script.kill(signal)
  script.stdin?.end()
  await new Promise(resolve => script.on('close', resolve))
  expect(staging(root)).toEqual([])
})

test('a reader that goes away ends the copy, and nothing stays behind', async () => {
  const root = unpackedFixture('3.4.14-stopped')
  const script = start(root)
  script.stdout?.destroy()
  const exit = await new Promise(resolve => script.on('close', resolve))
  expect(exit).not.toBe(0)
  expect(staging(root)).toEqual([])
})

test('without a complete snapshot the script says so and ships nothing', async () => {
  const root = unpackedFixture('3.4.14-small')
  const folder = join(root, 'snapshot/version-2')
  for (const name of readdirSync(folder)) {
    if (name === 'snapshot.20000024f') truncateSync(join(folder, name), 40_000)
    else rmSync(join(folder, name))
  }
  const { exit, archive, stderr } = await hotCopy(root)
  expect({ exit, bytes: archive.length }).toEqual({ exit: 3, bytes: 0 })
  expect(stderr).toContain('no complete snapshot')
  expect(staging(root)).toEqual([])
})

test('an archive whose logs do not reach what the member had applied is not exact, and says so', async () => {
  const { archive } = await hotCopy(unpackedFixture('3.4.14-small'))
  const contents = await decodeArchive(inPieces(archive), { fuzzEnd: Promise.resolve(0x200000290n) })
  expect(contents).toMatchObject({ exactAt: undefined, lastZxid: 0x20000028fn, broken: false })
  expect(contents.notes).toMatchObject([
    { expected: expect.stringContaining('0x200000290'), saw: 'logs up to 0x20000028f' },
  ])
})

test('an archive passes on byte by byte as it came while it is checked', async () => {
  const { archive } = await hotCopy(unpackedFixture('3.4.14-small'))
  const { bytes, contents } = checkedArchive(inPieces(archive), { fuzzEnd })
  const passed: Uint8Array[] = []
  for await (const piece of bytes) passed.push(piece)
  expect(Buffer.concat(passed).equals(archive)).toBe(true)
  expect(await contents).toMatchObject({
    snapshotZxid: 0x20000024fn,
    firstZxid: 0x200000250n,
    lastZxid: 0x20000028fn,
    exactAt: 0x20000028fn,
    records: 64,
    notes: [],
  })
})

test('an archive that was cut off anywhere is refused', async () => {
  const { archive } = await hotCopy(unpackedFixture('3.4.14-small'))
  const end = archive.findLastIndex(byte => byte !== 0)
  const betweenFiles = archive.indexOf('./zookeeper/transactions/\0')
  for (const length of [0, 512, 3_000, 50_000, betweenFiles, end - 600, end + 100]) {
    await expect(decodeArchive(inPieces(archive.subarray(0, length)), { fuzzEnd }), String(length)).rejects.toThrow(
      /cut off|no snapshot/,
    )
  }
})

test('a flipped byte in the snapshot or in a log leaves nothing to claim, and its place is named', async () => {
  const { archive } = await hotCopy(unpackedFixture('3.4.14-small'))
  const inSnapshot = Buffer.from(archive)
  const snapshotAt = archive.indexOf('ZKSN') + 50_000
  inSnapshot[snapshotAt] = (inSnapshot[snapshotAt] ?? 0) ^ 1
  const spoiled = await decodeArchive(inPieces(inSnapshot), { fuzzEnd })
  expect(spoiled.exactAt).toBeUndefined()
  expect(spoiled.notes).toMatchObject([{ file: './zookeeper/snapshot/version-2/snapshot.20000024f' }])

  const inLog = Buffer.from(archive)
  const logAt = archive.indexOf('ZKLG') + 7207
  inLog[logAt] = (inLog[logAt] ?? 0) ^ 1
  const cut = await decodeArchive(inPieces(inLog), { fuzzEnd })
  expect(cut).toMatchObject({ lastZxid: 0x20000026fn, exactAt: undefined, broken: true })
  expect(cut.notes).toMatchObject([{ file: './zookeeper/transactions/version-2/log.200000250' }])
})
