// Damaged directories: whatever happens to the bytes, the reader refuses, or shows a state the log really had. It never shows another.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LogDamage } from '../../../src/mesos/replicated-log/damage.ts'
import { maskedCrc32c } from '../../../src/mesos/replicated-log/leveldb/crc32c.ts'
import { type Files, type LevelDb, readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { readLogFile } from '../../../src/mesos/replicated-log/leveldb/log-file.ts'
import { readManifest } from '../../../src/mesos/replicated-log/leveldb/manifest.ts'
import { recordedLog } from './fixtures.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import { key, openLevel } from './mesos-writer.ts'

const shown = ({ values }: LevelDb) =>
  JSON.stringify([...values].map(([name, { value }]) => [name, Buffer.from(value).toString('hex')]))

interface Recorded {
  readonly files: Files
  /** Every state the database had, in order. */
  readonly history: readonly string[]
}

/** Tables of two levels and a log that goes on, with the state after every write. */
async function writtenDatabase(directory: string, compression: boolean): Promise<Recorded> {
  const db = await openLevel(directory, { compression, writeBufferSize: 64 << 10 })
  const state = new Map<string, string>()
  const history = ['[]']
  for (let n = 0; n < 90; n++) {
    const name = key(n % 13)
    if (n % 7 === 6) {
      await db.del(name)
      state.delete(name)
    } else {
      const value = Buffer.alloc(n % 10 === 0 ? 40_000 : 100 + n, `value ${n} `)
      await db.put(name, value)
      state.set(name, value.toString('hex'))
    }
    history.push(JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1))))
    if (n === 40) await db.compactRange('0', '9')
  }
  await db.close()
  return { files: filesOf(directory), history }
}

const essential = (files: Files) => [...files.keys()].filter(name => /^(CURRENT|MANIFEST-|\d+\.(ldb|log)$)/.test(name))

function outcome(files: Files): { refused: LogDamage } | { shown: string; torn: boolean } {
  try {
    const level = readLevelDb(files)
    return { shown: shown(level), torn: level.tornTails.length > 0 }
  } catch (error) {
    if (error instanceof LogDamage) return { refused: error }
    throw error
  }
}

describe.each([
  ['uncompressed', false],
  ['compressed', true],
])('a directory, %s,', (_, compression) => {
  const directory = temporaryFolder(afterAll)
  let whole: Recorded
  const current = () => whole.history.at(-1)
  beforeAll(async () => {
    whole = await writtenDatabase(directory, compression)
  })

  test('is read as the last state when nothing happened to it', () => {
    expect(outcome(whole.files)).toEqual({ shown: current(), torn: false })
    expect(essential(whole.files).some(name => name.endsWith('.ldb'))).toBe(true)
  })

  test('with any bit changed is refused, or shows the same state, or an earlier one as the end of a torn log', () => {
    const names = essential(whole.files)
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(7), (which, where, bit) => {
        const name = names[which % names.length] ?? ''
        const damaged = Buffer.from(whole.files.get(name) ?? [])
        if (damaged.length === 0) return
        const at = where % damaged.length
        damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at)

        const seen = outcome(new Map(whole.files).set(name, damaged))

        if ('refused' in seen || seen.shown === current()) return
        expect(seen.torn).toBe(true)
        expect(whole.history).toContain(seen.shown)
      }),
      { numRuns: 250 },
    )
  })

  test('with any file cut off anywhere is refused, or shows a state it once had', () => {
    const names = essential(whole.files)
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (which, where) => {
        const name = names[which % names.length] ?? ''
        const content = whole.files.get(name) ?? Buffer.of()
        const seen = outcome(new Map(whole.files).set(name, content.subarray(0, where % (content.length + 1))))

        if ('shown' in seen) expect(whole.history).toContain(seen.shown)
      }),
      { numRuns: 250 },
    )
  })

  test('with any file overwritten by zeros or rubbish for a stretch is refused, or shows a state it once had', () => {
    const names = essential(whole.files)
    const stretch = fc.uint8Array({ minLength: 1, maxLength: 64 })
    fc.assert(
      fc.property(fc.nat(), fc.nat(), stretch, fc.boolean(), (which, where, rubbish, zeros) => {
        const name = names[which % names.length] ?? ''
        const damaged = Buffer.from(whole.files.get(name) ?? [])
        if (damaged.length <= rubbish.length) return
        damaged.set(zeros ? rubbish.fill(0) : rubbish, where % (damaged.length - rubbish.length))

        const seen = outcome(new Map(whole.files).set(name, damaged))

        if ('shown' in seen) expect(whole.history).toContain(seen.shown)
      }),
      { numRuns: 250 },
    )
  })

  test('without any one of the files its manifest needs is refused by the name of that file', () => {
    const manifest = essential(whole.files).find(name => name.startsWith('MANIFEST-')) ?? ''
    const { tables, logNumber } = readManifest(manifest, whole.files.get(manifest) ?? Buffer.of())
    const numbered = (number: number, suffix: string) => `${String(number).padStart(6, '0')}.${suffix}`
    const needed = [
      'CURRENT',
      manifest,
      numbered(logNumber, 'log'),
      ...tables.map(({ number }) => numbered(number, 'ldb')),
    ]

    expect(needed.length).toBeGreaterThan(3)
    for (const name of needed) {
      const seen = outcome(new Map([...whole.files].filter(([other]) => other !== name)))
      expect(seen).toHaveProperty('refused.file', name)
    }
  })
})

test('the recorded log of a real master with any bit changed is refused or unchanged', async () => {
  const files = await recordedLog('replicated_log.tar.gz')
  const before = shown(readLevelDb(files))
  for (const name of essential(files)) {
    const content = Buffer.from(files.get(name) ?? [])
    for (let at = 0; at < content.length; at += 3) {
      const damaged = Buffer.from(content)
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at)
      const seen = outcome(new Map(files).set(name, damaged))
      if ('shown' in seen) expect(seen.shown).toBe(before)
    }
  }
})

describe('two live write-ahead logs', () => {
  /** Made by hand, since a real LevelDB has two only for a moment: two writes in the older log, two in the newer one. */
  function twoLogs(lastSequence: number, ...writes: readonly [number[], number[]]): Map<string, Uint8Array> {
    const log = (sequences: readonly number[]) =>
      Buffer.concat(sequences.map(sequence => logRecord(oneWrite(sequence))))
    const edit = [...text(1, 'leveldb.BytewiseComparator'), 2, 3, 9, 0, 3, 9, 4, lastSequence]
    return new Map<string, Uint8Array>([
      ['CURRENT', Buffer.from('MANIFEST-000002\n')],
      ['MANIFEST-000002', logRecord(Buffer.from(edit))],
      ['000003.log', log(writes[0])],
      ['000004.log', log(writes[1])],
    ])
  }

  test('are read one after the other', () => {
    expect([...readLevelDb(twoLogs(2, [1, 2], [3, 4])).values.keys()]).toEqual(['1', '2', '3', '4'])
  })

  test.each<[string, number, [number[], number[]], string]>([
    ['the older one lost its end', 0, [[1], [3, 4]], 'writes are missing: sequence number 3 follows, 2 should'],
    ['the older one lost everything', 0, [[], [3, 4]], 'the log before this one is live and holds no writes'],
    ['the newer one lost what the manifest knew', 4, [[1, 2], [3]], 'number 3, but MANIFEST-000002 knew 4 already'],
  ])('are refused when %s', (_, lastSequence, writes, problem) => {
    expect(() => readLevelDb(twoLogs(lastSequence, ...writes))).toThrow(problem)
  })
})

const text = (tag: number, value: string) => [tag, value.length, ...Buffer.from(value)]

function oneWrite(sequence: number): Buffer {
  const batch = Buffer.alloc(12)
  batch.writeUInt32LE(sequence, 0)
  batch.writeUInt32LE(1, 8)
  return Buffer.concat([batch, Buffer.from([1, 1, ...Buffer.from(String(sequence)), 0])])
}

function logRecord(data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from([1]), data])
  const header = Buffer.alloc(6)
  header.writeUInt32LE(maskedCrc32c(body), 0)
  header.writeUInt16LE(data.length, 4)
  return Buffer.concat([header, body])
}

describe('a write-ahead log', () => {
  async function tenWrites(): Promise<{ files: Files; log: string; content: Uint8Array; starts: number[] }> {
    const directory = temporaryFolder()
    const db = await openLevel(directory, { compression: false, writeBufferSize: 64 << 10 })
    for (let n = 0; n < 10; n++) await db.put(key(n), Buffer.from(`value ${n}`))
    const files = filesOf(directory)
    await db.close()
    const log = [...files.keys()].find(name => name.endsWith('.log')) ?? ''
    const content = files.get(log) ?? Buffer.of()
    return { files, log, content, starts: readLogFile(log, content).records.map(record => record.place.offset) }
  }

  test.each([0, 5])('without its write number %i is refused, though all its checksums match', async missing => {
    const { files, log, content, starts } = await tenWrites()
    const cut = Buffer.concat([content.subarray(0, starts[missing]), content.subarray(starts[missing + 1])])

    expect(outcome(new Map(files).set(log, cut))).toHaveProperty(
      'refused.message',
      `${log}, byte ${starts[missing]}: writes are missing: sequence number ${missing + 2} follows, ${missing + 1} should`,
    )
  })

  test('whose last write is cut off shows the state before it, and says how much was dropped', async () => {
    const { files, log, content, starts } = await tenWrites()
    const level = readLevelDb(new Map(files).set(log, content.subarray(0, -3)))

    expect([...level.values.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map(key))
    const offset = starts.at(-1) ?? 0
    expect(level.tornTails).toEqual([{ file: log, offset, bytes: content.length - 3 - offset }])
  })

  test('whose record claims to run past the end, while others follow it, is damaged and not torn', async () => {
    const { files, log, content, starts } = await tenWrites()
    const damaged = Buffer.from(content)
    damaged.writeUInt16LE(20_000, (starts[3] ?? 0) + 4)

    expect(outcome(new Map(files).set(log, damaged))).toHaveProperty(
      'refused.message',
      `${log}, byte ${starts[3]}: a record claims to run past the end of the file, but a whole one starts at byte ${starts[4]}`,
    )
  })

  test('that ends in zeros, as after a power cut, shows the state before them', async () => {
    const { files, log, content } = await tenWrites()
    const level = readLevelDb(new Map(files).set(log, Buffer.concat([content, Buffer.alloc(4096)])))

    expect(level.values.size).toBe(10)
    expect(level.tornTails).toEqual([{ file: log, offset: content.length, bytes: 4096 }])
  })
})
