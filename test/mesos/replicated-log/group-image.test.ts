// The copy that is put under a whole group: nothing missing, nothing unlearned, and a real LevelDB opens what was written anew.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupImage } from '../../../src/mesos/replicated-log/group-image.ts'
import { readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { levelDbDirectory } from '../../../src/mesos/replicated-log/leveldb/write-directory.ts'
import { scratch } from '../../scratch.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import { action, append, key, metadata, openLevel, registry, snapshot, truncate } from './mesos-writer.ts'

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

const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const store = (agents: number) => append(snapshot('registry', uuid, registry(agents)))

async function copyOf(pairs: Record<string, Uint8Array>) {
  const directory = temporaryFolder()
  const db = await openLevel(directory, { compression: false, writeBufferSize: 4 << 20 })
  await db.batch(Object.entries(pairs).map(([name, value]) => ({ type: 'put', key: name, value })))
  await db.close()
  return filesOf(directory)
}

test('an end that is not known to be chosen is dropped, and all else stays as it was', async () => {
  const files = await copyOf({
    '0000000000': metadata(1, 7),
    [key(3)]: action(3, 5, true, ...store(2)),
    [key(4)]: action(4, 5, true, ...truncate(3)),
    [key(5)]: action(5, 5, false, ...store(9)),
  })

  const { replica, dropped } = groupImage('replicated_log', files)

  expect(dropped).toEqual([5])
  expect(replica).toMatchObject({ status: 'VOTING', promised: 7n, begin: 3, end: 4, holes: [], unlearned: [] })
  expect(replica.variables.get('registry')?.position).toBe(3)
})

test.each([
  [
    'a replica that does not vote',
    { '0000000000': metadata(2, 7), [key(1)]: action(1, 5, true, ...store(1)) },
    /RECOVERING/,
  ],
  [
    'holes',
    {
      '0000000000': metadata(1, 7),
      [key(1)]: action(1, 5, true, ...store(1)),
      [key(3)]: action(3, 5, true, ...store(1)),
    },
    /lacks 2 positions/,
  ],
  [
    'a doubt before what is known',
    {
      '0000000000': metadata(1, 7),
      [key(0)]: action(0, 5, false, ...store(1)),
      [key(1)]: action(1, 5, true, ...store(1)),
    },
    /position 0 is not known/,
  ],
])('a copy with %s is put under nobody', async (_what, pairs, said) => {
  const files = await copyOf(pairs)

  expect(() => groupImage('replicated_log', files)).toThrow(said)
})
