// The journal's format: what is torn is dropped, what is damaged is named, what is unknown is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { DamagedJournal, decodeJournal, encodeRecord, UnknownJournalFormat } from '../../src/engine/journal.ts'
import { FakeCluster } from './fake-cluster.ts'
import { everything } from './scenarios.ts'
import { type Disk, Workstation } from './workstation.ts'

const at = '2026-11-20T02:00:00.000Z'

async function realEvents(): Promise<readonly RunEvent[]> {
  const disk: Disk = []
  const cluster = new FakeCluster(everything.nodes, 2)
  cluster.fault('a2', 'does-not-come-back')
  await new Workstation(cluster, disk).execute(everything.plan)
  return disk
}

const events = await realEvents()
const lines = events.map((event, index) => encodeRecord({ seq: index + 1, at, event }))
const whole = Buffer.from(lines.join(''))
const read = (bytes: Uint8Array) => decodeJournal(bytes, 'journal.jsonl')

test('what was written is what is read', () => {
  expect(read(whole).records.map(({ event }) => event)).toEqual(events)
  expect(read(whole).wholeBytes).toBe(whole.length)
})

test('every event there is can be written and read', () => {
  const all: RunEvent[] = [
    ...events.slice(0, 1),
    { event: 'run-resumed', by: { user: 'u', host: 'h', pid: 1, token: 2 } },
    { event: 'step-failed', part: 'p', error: 'e\n"quoted"\u0000' },
    { event: 'brought-back', part: 'p', evidence: 'runs' },
    { event: 'gate-unwell', part: 'p', verdict: { well: false, saw: 's', wanted: 'w', remedy: 'r' } },
    { event: 'soaked', rolling: 'r' },
    { event: 'held', node: 'n', by: 'u', reason: 'x' },
    { event: 'released', node: 'n', by: 'u' },
    { event: 'overridden', part: 'p', by: 'u', reason: 'x' },
    { event: 'resolved', part: 'p', as: 'not-done', by: 'u', reason: 'x' },
    { event: 'run-paused', stop: { part: 'p', why: 'budget', reason: 'x', remedy: 'y' } },
    { event: 'run-failed', stop: { part: 'p', why: 'claim-lost', reason: 'x' } },
    { event: 'run-finished' },
    { event: 'run-abandoned', by: 'u', reason: 'x' },
  ]

  const written = Buffer.from(all.map((event, index) => encodeRecord({ seq: index + 1, at, event })).join(''))

  expect(read(written).records.map(({ event }) => event)).toEqual(all)
})

test('cut off anywhere, the records before the cut are read and nothing else', () => {
  let end = 0
  const ends = lines.map(line => {
    end += Buffer.byteLength(line)
    return end
  })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), length => {
      const { records, wholeBytes } = read(whole.subarray(0, length))

      expect(records).toHaveLength(ends.filter(at => at <= length).length)
      expect(wholeBytes).toBe(ends.findLast(at => at <= length) ?? 0)
    }),
  )
})

test('a tail of zeros, as a power cut leaves it, is dropped', () => {
  expect(read(Buffer.concat([whole, Buffer.alloc(100)])).records).toHaveLength(lines.length)
  expect(read(Buffer.concat([whole, Buffer.alloc(4096), Buffer.from('}\n')])).records).toHaveLength(lines.length)
})

test('any flipped bit in a whole record is noticed, and what stands before it is given along', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 2 }), fc.integer({ min: 0, max: 7 }), (byte, bit) => {
      const damaged = Buffer.from(whole)
      damaged.writeUInt8(damaged.readUInt8(byte) ^ (1 << bit), byte)
      const linesBefore = whole.subarray(0, byte).filter(value => value === 0x0a).length

      const error = thrownBy(() => read(damaged))

      if (error instanceof UnknownJournalFormat)
        expect(linesBefore).toBe(0) // the digit of the version itself
      else if (error instanceof DamagedJournal) expect(error.readable).toHaveLength(linesBefore)
      else throw error
    }),
  )
})

test('a record that is missing or stands twice is damage', () => {
  const without = Buffer.from([...lines.slice(0, 3), ...lines.slice(4)].join(''))
  const twice = Buffer.from([...lines.slice(0, 3), lines[2], ...lines.slice(3)].join(''))

  expect(() => read(without)).toThrow(/line 4: record 4 is missing. 3 records before it can be read/)
  expect(() => read(twice)).toThrow(DamagedJournal)
})

test('a later format is refused by its number', () => {
  const later = `${JSON.stringify({ v: 2, seq: 1, at, event: { event: 'run-started' } }).slice(0, -1)},"sum":"?"}\n`

  expect(() => read(Buffer.from(later))).toThrow(/format 2 \(line 1\); this dcosctl reads format 1/)
})

function thrownBy(work: () => unknown): unknown {
  try {
    return `nothing was thrown, it read ${JSON.stringify(work()).slice(0, 100)}`
  } catch (error) {
    return error
  }
}
