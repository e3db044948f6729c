// A server that joins while others write can log a transaction twice; that is no damage, and it is applied once.
import { expect, test } from 'vitest'
import { followLogs } from '../../../src/zookeeper/files/follow-logs.ts'
import { type Command, Model } from './model.ts'
import { writtenOver } from './run-hot-copy.ts'
import { logFile, type WrittenRecord } from './write-files.ts'

const create = (which: number): Command => ({ kind: 0, which, other: which, data: Buffer.from([which]) })

function records(amount: number): readonly WrittenRecord[] {
  const model = new Model()
  for (let n = 0; n < amount; n++) model.run(create(n))
  return model.records
}

async function follow(written: readonly WrittenRecord[]) {
  const applied: bigint[] = []
  const chain = await followLogs({
    base: 0n,
    logs: [{ file: 'log.1', zxid: 1n }],
    open: () => writtenOver(logFile(written, 4096)),
    onTransaction: ({ zxid }) => applied.push(zxid),
  })
  return { chain, applied }
}

const part = (written: readonly WrittenRecord[], from: number, to: number) => written.slice(from, to)

test('a transaction that stands twice in a row is applied once', async () => {
  const all = records(6)
  const { chain, applied } = await follow([...part(all, 0, 3), ...part(all, 2, 6)])

  expect(chain).toMatchObject({ end: 'clean', notes: [] })
  expect(applied).toEqual(all.map((_record, index) => BigInt(index + 1)))
})

test('so is a run of them', async () => {
  const all = records(8)
  const { chain, applied } = await follow([...part(all, 0, 5), ...part(all, 1, 5), ...part(all, 5, 8)])

  expect(chain.end).toBe('clean')
  expect(applied).toHaveLength(all.length)
})

test('another transaction under a zxid that was there is damage', async () => {
  const all = records(6)
  const [, , stranger] = all
  if (!stranger) throw new Error('the model made too few records')
  const changed = { ...stranger, time: stranger.time + 1 }
  const { chain } = await follow([...part(all, 0, 4), changed, ...part(all, 4, 6)])

  expect(chain.end).toBe('broken')
})

test('a gap behind a repetition is still a gap', async () => {
  const all = records(8)
  const { chain } = await follow([...part(all, 0, 4), ...part(all, 2, 4), ...part(all, 5, 8)])

  expect(chain.end).toBe('broken')
  expect(chain.last).toBe(4n)
})
