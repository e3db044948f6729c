// Random transactions, fuzzy snapshots and random damage: what is claimed is always what the model had at that zxid.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DamagedFile } from '../../../src/zookeeper/files/damage.ts'
import { type DataFiles, type Inspection, type InspectOptions, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { largeLines } from '../../../src/zookeeper/files/print-large.ts'
import { headLine, printed } from '../../../src/zookeeper/files/print-tree.ts'
import { decodeSnapshot } from '../../../src/zookeeper/files/snapshot.ts'
import { decodeLog } from '../../../src/zookeeper/files/transaction-log.ts'
import { type Command, type Fuzzy, fuzzySnapshot, Model } from './model.ts'
import { writtenOver } from './run-hot-copy.ts'
import { logFile, snapshotFile } from './write-files.ts'

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.nat(8),
  which: fc.nat(40),
  other: fc.nat(60),
  data: fc.option(fc.uint8Array({ maxLength: 40 })),
})

interface Written {
  readonly model: Model
  readonly fuzzies: readonly Fuzzy[]
  readonly files: ReadonlyMap<string, Buffer>
}

interface Plan {
  readonly commands: readonly Command[]
  /** Where a snapshot begins, and how many transactions go on between two of its znodes. */
  readonly snapshots: readonly { readonly at: number; readonly pace: number }[]
  readonly rolls: readonly number[]
  readonly withDigest: boolean
  readonly padding: number
}

const plan: fc.Arbitrary<Plan> = fc.record({
  commands: fc.array(command, { minLength: 20, maxLength: 80 }),
  snapshots: fc.array(fc.record({ at: fc.nat(60), pace: fc.nat(3) }), { maxLength: 3 }),
  rolls: fc.array(fc.integer({ min: 2, max: 70 }), { maxLength: 4 }),
  withDigest: fc.boolean(),
  padding: fc.constantFrom(12, 100, 4096),
})

/** What a server would have left on its disk. */
function write({ commands, snapshots, rolls, withDigest, padding }: Plan): Written {
  const model = new Model()
  const left = [...commands]
  const next = () => {
    const one = left.shift()
    if (one) model.run(one)
  }
  const fuzzies: Fuzzy[] = []
  for (const { at, pace } of [...snapshots].sort((a, b) => a.at - b.at)) {
    while (left.length > 0 && model.zxid < at) next()
    const fuzzy = fuzzySnapshot(model, () => {
      for (let n = 0; n < pace; n++) next()
    })
    if (fuzzies.at(-1)?.name !== fuzzy.name) fuzzies.push(fuzzy)
  }
  while (left.length > 0) next()
  const files = new Map<string, Buffer>()
  for (const { name, fuzzEnd, snapshot } of fuzzies) {
    const digest = withDigest ? { digest: { zxid: fuzzEnd, tree: 0n } } : {}
    files.set(`snapshot.${name.toString(16)}`, snapshotFile({ ...snapshot, ...digest }))
  }
  const starts = [...new Set([1, ...rolls])].sort((a, b) => a - b).filter(start => start <= model.records.length)
  for (const [index, start] of starts.entries()) {
    const records = model.records.slice(start - 1, (starts[index + 1] ?? Number.POSITIVE_INFINITY) - 1)
    files.set(`log.${start.toString(16)}`, logFile(records, padding))
  }
  return { model, fuzzies, files }
}

const asDataFiles = (files: ReadonlyMap<string, Buffer>): DataFiles => ({
  names: [...files.keys()],
  open: name => writtenOver(files.get(name) ?? Buffer.alloc(0), 701),
})

const lines = (inspection: Inspection) => [...printed(inspection)].slice(1).join('\n')

/** In bounded memory, a few znodes at a time, the same comes out. */
async function expectSameInBoundedMemory(files: DataFiles, options: InspectOptions, whole: Inspection): Promise<void> {
  const large = await inspectLarge(files, options)
  if (large.claim === 'none') {
    expect(large).toEqual(whole)
    return
  }
  const head = headLine(large, large.state.totals, large.state.tree.sessions)
  const znodes = await drain(largeLines(large.state, large.rules, () => true, 900))
  expect([head, ...znodes]).toEqual([...printed(whole)])
}

test('random transactions over a fuzzy snapshot give the tree of the model', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async chosen => {
      const { model, files } = write(chosen)
      const inspection = await inspect(asDataFiles(files), { rules: '3.6' })
      await expectSameInBoundedMemory(asDataFiles(files), { rules: '3.6' }, inspection)
      expect(inspection).toMatchObject({ claim: 'exact', zxid: model.zxid })
      expect(lines(inspection)).toBe(model.history.get(model.zxid))
    }),
    { numRuns: 150 },
  )
})

test('a state in the midst of the logs is given as the model had it, or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 80 }), async (chosen, at) => {
      const { model, fuzzies, files } = write(chosen)
      const upTo = BigInt(Math.min(at, Number(model.zxid)))
      const inspection = await inspect(asDataFiles(files), { rules: '3.6', upTo })
      await expectSameInBoundedMemory(asDataFiles(files), { rules: '3.6', upTo }, inspection)
      if (fuzzies.length === 0 || chosen.withDigest) expect(inspection.claim).toBe('exact')
      if (inspection.claim === 'none') return
      expect(inspection.zxid).toBe(upTo)
      expect(lines(inspection)).toBe(model.history.get(upTo))
    }),
    { numRuns: 150 },
  )
})

const damage = fc.record({
  file: fc.nat(20),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bit: fc.option(fc.nat(7)),
})

test('cut and flipped files never crash it, and what is claimed is a state that was', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.array(damage, { minLength: 1, maxLength: 2 }), async (chosen, damages) => {
      const { model, files } = write(chosen)
      const damaged = new Map(files)
      for (const { file, at, bit } of damages) {
        const [name, bytes] = [...damaged][file % damaged.size] ?? ['', Buffer.alloc(0)]
        const offset = Math.floor(at * bytes.length)
        const changed = bit === null ? bytes.subarray(0, offset) : Buffer.from(bytes)
        if (bit !== null && offset < changed.length) changed[offset] = (changed[offset] ?? 0) ^ (1 << bit)
        damaged.set(name, changed)
      }
      const inspection = await inspect(asDataFiles(damaged), { rules: '3.6' })
      await expectSameInBoundedMemory(asDataFiles(damaged), { rules: '3.6' }, inspection)
      if (inspection.claim === 'none') {
        expect(inspection.reason).not.toBe('')
        expect(inspection.notes).not.toEqual([])
        return
      }
      expect(lines(inspection)).toBe(model.history.get(inspection.zxid))
      if (inspection.zxid < model.zxid) expect([inspection.claim, ...inspection.notes]).not.toEqual(['exact'])
    }),
    { numRuns: 500 },
  )
})

test('every prefix of a snapshot is damaged, at a place within it', async () => {
  const { files } = write({ commands: [], snapshots: [{ at: 0, pace: 0 }], rolls: [], withDigest: true, padding: 12 })
  const whole = files.get('snapshot.0') ?? Buffer.alloc(0)
  for (let length = 0; length < whole.length; length++) {
    if (length === whole.length - 33) continue // there ends the file of a server without digests
    const found: unknown = await drain(decodeSnapshot(writtenOver(whole.subarray(0, length), 100))).catch(
      error => error,
    )
    expect(found, String(length)).toBeInstanceOf(DamagedFile)
    if (found instanceof DamagedFile) expect(found.offset).toBeLessThanOrEqual(length)
  }
})

test('bytes that are no log end without a record', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
      const parts = await drain(decodeLog(writtenOver(bytes, 7)))
      expect(parts).toMatchObject([{ kind: 'end', end: { kind: 'no-header' } }])
    }),
  )
})

async function drain<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const part of parts) all.push(part)
  return all
}
