// Our LevelDB reader sees what a real LevelDB sees, and nothing else.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeReplica } from '../../../src/mesos/replicated-log/description.ts'
import { type Files, readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { readReplica } from '../../../src/mesos/replicated-log/replica.ts'
import { recordedLog } from './fixtures.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import { action, append, key, MesosReplica, openLevel, pairs, registry, snapshot, truncate } from './mesos-writer.ts'

function ourView(files: Files): Map<string, string> {
  const { values } = readLevelDb(files)
  return new Map(
    [...values].map(([name, { value }]) => [
      Buffer.from(name, 'latin1').toString(),
      Buffer.from(value).toString('hex'),
    ]),
  )
}

test('the records that the tests write are those of Mesos: the recorded ones come out byte for byte', async () => {
  const recorded = ourView(await recordedLog('replicated_log.tar.gz'))
  const value = readReplica(await recordedLog('replicated_log.tar.gz')).variables.get('registry')?.value ?? Buffer.of()
  const uuid = Buffer.from('6dd369530f134a5c80da593fea54f127', 'hex')

  expect(action(77, 45, true, ...append(snapshot('registry', uuid, value))).toString('hex')).toBe(recorded.get(key(77)))
  expect(action(78, 45, true, ...truncate(77)).toString('hex')).toBe(recorded.get(key(78)))
})

describe.each([
  ['uncompressed, as Mesos builds it', false],
  ['with Snappy, as distributions build it', true],
])('a LevelDB %s', (_, compression) => {
  test('gives the same keys and values after hundreds of changes, compactions and restarts', async () => {
    const directory = temporaryFolder()
    let position: number | undefined
    let last = { position: 0, uuid: '' }
    for (let life = 0; life < 4; life++) {
      const db = await openLevel(directory, { compression, writeBufferSize: 64 << 10 })
      const replica = await MesosReplica.start(db, position)
      for (let change = 0; change < 40; change++) {
        last = await replica.store('registry', registry(life * 40 + change + 1))
        if (change % 15 === 7) await db.compactRange('0', '9')
      }
      position = replica.nextPosition

      expect(ourView(filesOf(directory))).toEqual(await pairs(db))
      await db.close()
    }

    const replica = readReplica(filesOf(directory))
    expect(replica).toMatchObject({
      status: 'VOTING',
      begin: last.position,
      end: last.position + 1,
      holes: [],
      unlearned: [],
    })
    const variables = describeReplica(replica).variables
    expect(variables).toMatchObject({ registry: { uuid: last.uuid, bytes: registry(160).length } })
    expect(variables).toHaveProperty('registry.agents.159', { id: 'S159', hostname: 'agent-159.lab' })
  })

  test('gives the same keys and values after any puts, deletions, batches, compactions and reopenings', async () => {
    const anyKey = fc.integer({ min: 0, max: 12 }).map(String)
    const put = fc.record({
      do: fc.constant('put' as const),
      key: anyKey,
      size: fc.integer({ min: 0, max: 80_000 }),
      byte: fc.nat(255),
    })
    const step = fc.oneof(
      { weight: 8, arbitrary: put },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), key: anyKey }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('batch' as const), puts: fc.array(put, { maxLength: 5 }) }) },
      { weight: 1, arbitrary: fc.constant({ do: 'compact' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
    )
    const parent = temporaryFolder()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const directory = join(parent, String(run++))
        const tuning = { compression, writeBufferSize: 64 << 10 }
        let db = await openLevel(directory, tuning)
        const content = (size: number, byte: number) => Buffer.alloc(size, `${byte} and more`)
        for (const now of steps) {
          if (now.do === 'put') await db.put(now.key, content(now.size, now.byte))
          else if (now.do === 'delete') await db.del(now.key)
          else if (now.do === 'batch') {
            await db.batch(now.puts.map(one => ({ type: 'put', key: one.key, value: content(one.size, one.byte) })))
          } else if (now.do === 'compact') await db.compactRange('0', '9')
          else {
            await db.close()
            db = await openLevel(directory, tuning)
          }
        }
        const theirs = await pairs(db)
        await db.close()
        expect(ourView(filesOf(directory))).toEqual(theirs)
      }),
      { numRuns: 25 },
    )
  })
})

test('reading leaves a directory as it is: a real LevelDB opens it afterwards', async () => {
  const directory = join(temporaryFolder(), 'log')
  const db = await openLevel(directory, { compression: false, writeBufferSize: 64 << 10 })
  await MesosReplica.start(db)
  await db.close()
  const before = filesOf(directory)

  readReplica(before)

  expect(filesOf(directory)).toEqual(before)
  cpSync(directory, `${directory}-copy`, { recursive: true })
  const copy = await openLevel(`${directory}-copy`, { compression: false, writeBufferSize: 64 << 10 })
  expect(await pairs(copy)).toEqual(ourView(before))
  await copy.close()
})
