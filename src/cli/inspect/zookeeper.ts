// `inspect zookeeper`: chooses between the page, the lines, one znode, the sizes and the changes, and writes the answer.
import type { Writable } from 'node:stream'
import { because, DcosctlError } from '../../errors.ts'
import { changesIn } from '../../zookeeper/files/changes.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import type { LargeInspection } from '../../zookeeper/files/large-state.ts'
import { linesInBatches } from '../../zookeeper/files/print-large.ts'
import { headLine, type Totals, totalsOf, unprovenLine } from '../../zookeeper/files/print-tree.ts'
import { changeLines } from './changes-lines.ts'
import { look } from './look.ts'
import { withoutPretenuring } from './no-pretenuring.ts'
import { BrokenArchive, openForInspection } from './open.ts'
import { statsOf } from './sizes.ts'
import { isWithin } from './subtree.ts'
import { writeLines } from './write-lines.ts'
import { znodePage } from './znode-text.ts'
import { endingOf, gapsEnding, noSuchZnode } from './zookeeper-ending.ts'
import { type Found, headOf, statsPage, zookeeperPage } from './zookeeper-text.ts'
import { zxidOf } from './zxid-flag.ts'

export interface Wanted {
  readonly files: string
  readonly at?: string | undefined
  readonly path?: string | undefined
  readonly stats: boolean
  readonly depth?: number | undefined
  readonly log: boolean
  readonly fuzzEnd?: string | undefined
  readonly json: boolean
}

interface Answered {
  /** Why the exit code is not 0; what there is was printed all the same. */
  readonly ending: DcosctlError | undefined
  /** The one value of `--stats --json`; everything else is written to `out` as it is made. */
  readonly json?: object
}

/** @throws DcosctlError USAGE for wrong flags and files that are none; UNWELL where `--log` meets an archive that can't be read */
export async function inspectZookeeper(wanted: Wanted, out: Writable): Promise<Answered> {
  const { files, path, json } = wanted
  withoutPretenuring()
  const upTo = zxidOf('at', wanted.at)
  const fuzzEnd = zxidOf('fuzz-end', wanted.fuzzEnd)
  refuseOddPath(path)
  if (wanted.log) return { ending: await writeChanges(wanted, upTo, out) }
  const inspection = await look(files, { upTo, fuzzEnd })
  const ending = endingOf(files, inspection, upTo)
  if (inspection.claim === 'none') {
    if (wanted.stats && json) return { ending, json: headJson(inspection) }
    await writeLines(json ? [unprovenLine(inspection)] : headOf(files, inspection), out)
    return { ending }
  }
  if (wanted.stats) {
    const stats = await statsOf(inspection.state.parentsFirst(), wanted.depth ?? 1, path)
    const missing = stats.whole.znodes === 0 ? noSuchZnode(files, path ?? '/', inspection) : undefined
    if (json) return { ending: ending ?? missing, json: { ...headJson(inspection), ...stats } }
    await writeLines([statsPage(files, inspection, stats)], out)
    return { ending: ending ?? missing }
  }
  const isThere = await (json ? writeJsonLines(inspection, path, out) : writePage(files, inspection, path, out))
  return { ending: ending ?? (isThere ? undefined : noSuchZnode(files, path ?? '/', inspection)) }
}

const littleBytes = 16 * 1024 * 1024
/** Of a znode in a snapshot: its path and stat, about. */
const bytesBesideData = 200

/** False where there is no znode at `path`. */
async function writeJsonLines(found: Found, path: string | undefined, out: Writable): Promise<boolean> {
  const { state, rules } = found
  const isWanted = path === undefined ? () => true : isWithin(path)
  const totals = path === undefined ? state.totals : await totalsWithin(found, isWanted)
  async function* lines() {
    yield headLine(found, totals, state.tree.sessions)
    // What is little is held at once; everything is cut into ranges.
    const isLittle = totals.dataBytes + bytesBesideData * totals.znodes < littleBytes
    if (totals.znodes === 0) return
    const batches = linesInBatches(state, rules, isWanted, isLittle ? Number.POSITIVE_INFINITY : undefined)
    for await (const batch of batches) if (batch.length > 0) yield batch.join('\n')
  }
  await writeLines(lines(), out)
  return totals.znodes > 0
}

async function totalsWithin({ state, rules }: Found, isWanted: (key: string) => boolean): Promise<Totals> {
  const totals = { znodes: 0, dataBytes: 0, ephemerals: 0 }
  for await (const batch of state.parentsFirst()) {
    const wanted = batch.filter(([key]) => isWanted(key)).map(([, znode]) => znode)
    const { znodes, dataBytes, ephemerals } = totalsOf(wanted, rules)
    totals.znodes += znodes
    totals.dataBytes += dataBytes
    totals.ephemerals += ephemerals
  }
  return totals
}

/** False where there is no znode at `path`. */
async function writePage(files: string, found: Found, path: string | undefined, out: Writable): Promise<boolean> {
  if (path === undefined) {
    await writeLines([zookeeperPage(files, found, await statsOf(found.state.parentsFirst(), 1))], out)
    return true
  }
  const znode = await znodePage(found, path)
  await writeLines([...headOf(files, found), '', znode ?? `There is no ${path}.`], out)
  return znode !== undefined
}

function refuseOddPath(path: string | undefined): void {
  if (path === undefined || path.startsWith('/')) return
  throw new DcosctlError('USAGE', { what: `--path ${path}: a path begins with /.`, state: 'Nothing was touched.' })
}

const headJson = (inspection: LargeInspection): object =>
  inspection.claim === 'none'
    ? { zxid: null, claim: inspection.claim, reason: inspection.reason, notes: inspection.notes }
    : { zxid: hex(inspection.zxid), claim: inspection.claim, notes: inspection.notes }

async function writeChanges(
  wanted: Wanted,
  upTo: bigint | undefined,
  out: Writable,
): Promise<DcosctlError | undefined> {
  const { files, path, json } = wanted
  const gaps: Note[] = []
  try {
    const steps = changesIn(await openForInspection(files), upTo)
    await writeLines(changeLines(steps, { path, json, onTrouble: note => gaps.push(note) }), out)
  } catch (error) {
    if (!(error instanceof BrokenArchive)) throw error
    return new DcosctlError('UNWELL', {
      what: `${because(error)}.`,
      state: 'What was printed was read before that; there may be more. Nothing was changed.',
      cause: error,
    })
  }
  return gapsEnding(files, gaps)
}
