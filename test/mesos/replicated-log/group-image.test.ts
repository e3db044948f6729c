// The copy that is put under a whole group: nothing missing, nothing unlearned, and a real LevelDB opens what was written anew.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { levelDbDirectory } from '../../../src/mesos/replicated-log/leveldb/write-directory.ts'
import { scratch } from '../../scratch.ts'

const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[0-9]{10}$/), fc.uint8Array({ maxLength: 100_000 })), {
  maxLength: 8,
  selector: ([key]) => key,
})

test('what is written reads back the same, however it falls on blocks', () => {
  fc.assert(
    fc.property(entries, pairs => {
      const { values } = readLevelDb(levelDbDirectory(new Map(pairs)))

      const read = [...values].map(([key, { value }]) => [key, Buffer.from(value).toString('hex')])
      expect(read).toEqual(pairs.map(([key, value]) => [key, Buffer.from(value).toString('hex')]).toSorted())
    }),
    { numRuns: 60 },
  )
})

test('a real LevelDB opens it and finds every value', async () => {
  const folder = join(scratch(), 'log')
  mkdirSync(folder)
  const values = new Map([0, 1, 2, 3].map(at => [String(at).padStart(10, '0'), Buffer.alloc(at * 20_000 + 1, at)]))
  for (const [name, bytes] of levelDbDirectory(values)) writeFileSync(join(folder, name), bytes)
  const db = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer', createIfMissing: false })
  await db.open()

  const found = new Map(await db.iterator().all())
  await db.close()

  expect(found).toEqual(values)
})
