// What may be claimed of a log that breaks off, when there is only one snapshot: only what is proven.

import { expect, test } from 'vitest'
import { type DataFiles, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { type Command, fuzzySnapshot, Model } from './model.ts'
import { writtenOver } from './run-hot-copy.ts'
import { logFile, snapshotFile } from './write-files.ts'

const create = (which: number): Command => ({ kind: 0, which, other: which, data: Buffer.from([which]) })

/** One transaction a second: 20, then a snapshot during 6 more, then 20 more, and no padding. */
function oneSnapshot() {
  const model = new Model()
  for (let n = 0; n < 20; n++) model.run(create(n))
  let n = 20
  const { name, fuzzEnd, snapshot } = fuzzySnapshot(model, () => n < 26 && model.run(create(n++)))
  for (; n < 46; n++) model.run(create(n))
  const files = new Map([
    [`snapshot.${name.toString(16)}`, snapshotFile(snapshot)],
    ['log.2', logFile(model.records.slice(1), 0)],
  ])
  const looked = (more: Partial<DataFiles>, fuzz?: bigint) =>
    inspect(
      { names: [...files.keys()], open: file => writtenOver(files.get(file) ?? Buffer.alloc(0)), ...more },
      { rules: '3.6', ...(fuzz === undefined ? {} : { fuzzEnd: fuzz }) },
    )
  return { model, fuzzEnd, looked, madeAt: (zxid: bigint) => 1_000_000 + 1000 * Number(zxid) }
}

test('nothing is claimed where nobody knows how far the snapshot reaches into the log', async () => {
  const { looked } = oneSnapshot()
  const inspection = await looked({})
  expect(inspection).toMatchObject({ claim: 'none', reason: expect.stringContaining('can be proven') })
  expect(inspection.notes).toMatchObject([{ expected: expect.stringContaining('--fuzz-end') }])
})

test('the fuzz end, if told, proves it; one behind the log refutes it', async () => {
  const { model, fuzzEnd, looked } = oneSnapshot()
  const inspection = await looked({}, fuzzEnd)
  expect(inspection).toMatchObject({ claim: 'exact', zxid: model.zxid })
  expect([...printed(inspection)].slice(1).join('\n')).toBe(model.history.get(model.zxid))
  expect(await looked({}, model.zxid + 1n)).toMatchObject({ claim: 'none' })
})

test('transactions made long after the snapshot was last written to prove it too', async () => {
  const { model, fuzzEnd, looked, madeAt } = oneSnapshot()
  expect(await looked({ changedAt: () => madeAt(fuzzEnd) })).toMatchObject({ claim: 'exact', zxid: model.zxid })
  expect(await looked({ changedAt: () => madeAt(model.zxid) - 9_000 })).toMatchObject({ claim: 'none' })
})

test('a time of change that is before what is in the snapshot proves nothing', async () => {
  const { looked } = oneSnapshot()
  expect(await looked({ changedAt: () => 0 })).toMatchObject({ claim: 'none' })
})

test('files of two servers in one folder are refused by name', async () => {
  const { looked } = oneSnapshot()
  const inspection = await looked({ names: ['a/log.2', 'b/log.2'] })
  expect(inspection).toMatchObject({ claim: 'none', reason: expect.stringContaining('a/log.2 and b/log.2') })
})

test('a folder without any such file is refused', async () => {
  const { looked } = oneSnapshot()
  expect(await looked({ names: ['myid', 'snapshot.x', 'log.0x1'] })).toMatchObject({ claim: 'none', notes: [] })
})
