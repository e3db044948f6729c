// The bounded-memory reading where real servers' files don't take it: huge znodes, another order, a znode without its parent.

import { expect, test } from 'vitest'
import { type DataFiles, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { largeLines } from '../../../src/zookeeper/files/print-large.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { writtenOver } from './run-hot-copy.ts'
import { snapshotFile, type WrittenZnode } from './write-files.ts'

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
