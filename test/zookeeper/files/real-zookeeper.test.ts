// A real server that is being written to is copied hot, ten times; each copy is the exact state at the zxid it names.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { dataFiles } from '../../../src/zookeeper/files/choose-files.ts'
import { decodeArchive } from '../../../src/zookeeper/files/decode-archive.ts'
import { followLogs } from '../../../src/zookeeper/files/follow-logs.ts'
import { inspect } from '../../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { znodeLines } from '../../../src/zookeeper/files/print-tree.ts'
import { apply } from '../../../src/zookeeper/files/replay.ts'
import { newTree, type Tree } from '../../../src/zookeeper/files/tree.ts'
import { missing, reportedZxid, startZookeeper, Writer } from './real-zookeeper.ts'
import { hotCopy, inPieces, scratch } from './run-hot-copy.ts'

const COPIES = 10

test.skipIf(missing !== '')(
  `ten hot copies of a real ZooKeeper under writes are exact${missing && ` (skipped: ${missing})`}`,
  async () => {
    const root = scratch()
    const server = await startZookeeper(root)
    const writers = [new Writer(server.port), new Writer(server.port)]
    const copies: { archive: Buffer; zxid: bigint; fuzzEnd: bigint; written: number }[] = []
    try {
      for (let copy = 0; copy < COPIES; copy++) {
        const answered = () => writers.reduce((sum, writer) => sum + writer.answered, 0)
        const before = answered()
        await vi.waitUntil(() => answered() > before + 400, { timeout: 30_000 })
        let fuzzEnd = 0n
        const { exit, archive, stderr } = await hotCopy(root, async () => {
          fuzzEnd = await reportedZxid(server.port)
        })
        expect(exit, stderr).toBe(0)
        const contents = await decodeArchive(inPieces(archive, 65_536), { fuzzEnd })
        expect(contents).toMatchObject({ exactAt: contents.lastZxid, broken: false })
        expect(contents.lastZxid >= fuzzEnd).toBe(true)
        copies.push({ archive, zxid: contents.lastZxid, fuzzEnd, written: answered() - before })
      }
      for (const writer of writers) await writer.stop()
    } finally {
      await server.stop()
    }
    expect(copies.every(({ written }) => written > 400)).toBe(true)

    // The server's own logs, replayed from its first transaction on, are the truth beside each copy.
    const { names, open } = await openFiles(root)
    const tree = newTree('3.6')
    const truth = new Map(copies.map(({ zxid }) => [zxid, '']))
    await followLogs({
      base: 0n,
      logs: dataFiles(names).logs,
      open,
      onTransaction: transaction => {
        apply(tree, transaction, '3.6')
        if (truth.has(transaction.zxid)) truth.set(transaction.zxid, lines(tree))
      },
    })
    for (const { archive, zxid, fuzzEnd } of copies) {
      const file = join(scratch(), 'files.tar')
      writeFileSync(file, archive)
      const copied = await inspect(await openFiles(file), { fuzzEnd })
      expect(copied).toMatchObject({ claim: 'exact', zxid, rules: '3.6' })
      if (copied.claim !== 'none') expect(lines(copied.tree)).toBe(truth.get(zxid))
    }
  },
  120_000,
)

const lines = (tree: Tree): string => [...znodeLines(tree, '3.6')].join('\n')
