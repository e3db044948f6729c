// The bounded-memory reading where real servers' files don't take it: huge znodes, another order, a znode without its parent.

import { expect, test } from 'vitest'
import { type DataFiles, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { hashOf } from '../../../src/zookeeper/files/path-hash.ts'
import { largeLines } from '../../../src/zookeeper/files/print-large.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { writtenOver } from './run-hot-copy.ts'
import { buffer, int, logFile, snapshotFile, string, type WrittenZnode } from './write-files.ts'

const znode = (path: string, bytes = 3): WrittenZnode => ({
  path,
  data: Buffer.alloc(bytes, path),
  aclId: -1n,
  czxid: 1n,
  mzxid: 1n,
  ctime: 1000,
  mtime: 1000,
  version: 0,
  cversion: 2,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 1n,
})

function snapshotOf(znodes: readonly WrittenZnode[]): DataFiles {
  const file = snapshotFile({ sessions: [], acls: [], znodes, digest: { zxid: 5n, tree: 0n } })
  return { names: ['snapshot.5'], open: () => writtenOver(file, 100_000) }
}

async function expectSame(files: DataFiles, heldBytes: number): Promise<void> {
  const large = await inspectLarge(files)
  if (large.claim === 'none') throw new Error(large.reason)
  const lines: string[] = []
  for await (const line of largeLines(large.state, large.rules, () => true, heldBytes)) lines.push(line)
  expect(lines).toEqual([...printed(await inspect(files))].slice(1))
}

test('znodes bigger than a block, and blocks that fill up, come out whole and in order', async () => {
  const paths = ['', '/b', '/b/é', '/b/z', '/a', '/a/c', '/a-b', '/a/b']
  const sizes = [0, 1_600_000, 10, 700_000, 600_000, 1_100_000, 5, 900_000]
  const files = snapshotOf(paths.map((path, at) => znode(path, sizes[at])))
  await expectSame(files, 1_000_000)
  await expectSame(files, 100_000_000)
})

test('znodes in the order of their bytes, where a parent is not right before its children, are taken', async () => {
  await expectSame(snapshotOf(['', '/a', '/a-b', '/a-b/x', '/a/b'].map(path => znode(path))), 100)
})

test('a znode whose parent is missing, or comes later, is damage', async () => {
  for (const paths of [
    ['', '/a', '/b/c'],
    ['', '/a/b', '/a'],
    ['/a', ''],
  ]) {
    const files = snapshotOf(paths.map(path => znode(path)))
    expect((await inspect(files)).claim).toBe('none')
    expect((await inspectLarge(files)).claim, paths.join()).toBe('none')
  }
})

test('a znode whose path has the hash of one that the logs change is held, too, and comes out as it went in', async () => {
  const byHash = new Map<number, string>()
  let pair: readonly [string, string] | undefined
  for (let at = 0; !pair; at++) {
    const path = `/${at}`
    const hash = hashOf(Buffer.from(path), 0, path.length)
    const other = byHash.get(hash)
    if (other !== undefined) pair = [other, path]
    byHash.set(hash, path)
  }
  const [changed, same] = pair
  const znodes = ['', changed, `${changed}/below`, same, `${same}/below`].map(path => znode(path))
  const snapshot = snapshotFile({ sessions: [], acls: [], znodes, digest: { zxid: 5n, tree: 0n } })
  const body = Buffer.concat([string(changed), buffer(Buffer.from('new')), int(1)])
  const log = logFile([{ session: 1n, zxid: 6n, time: 2000, type: 5, body }], 4096)
  const files = {
    names: ['snapshot.5', 'log.6'],
    open: (name: string) => writtenOver(name === 'log.6' ? log : snapshot, 1000),
  }
  await expectSame(files, 100_000)
  const large = await inspectLarge(files)
  if (large.claim === 'none') throw new Error(large.reason)
  expect([...large.state.tree.znodes.keys()].sort()).toEqual([changed, same].sort())
  expect(large.state.tree.znodes.get(changed)?.data?.toString()).toBe('new')
  expect(large.state.tree.znodes.get(same)).toMatchObject({ children: 1, version: 0 })
})
