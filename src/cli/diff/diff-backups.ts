// `backup diff`: opens both sides, merges them, and writes the answer as it is made.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { DcosctlError } from '../../errors.ts'
import { progressLine } from '../../output/progress-line.ts'
import type { World } from '../../world.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { diffStates, type ZnodeDifference } from '../../zookeeper/files/diff-states.ts'
import { isWithin } from '../inspect/subtree.ts'
import { writeLines } from '../inspect/write-lines.ts'
import { withScratchFolder } from '../scratch-folder.ts'
import { diffText } from './diff-text.ts'
import { openSide, type Side, type Source } from './side.ts'
import { backupSource, liveSource } from './sources.ts'
import { diffThings, notCompared, type ThingChange } from './things.ts'
import { ZnodeSummary } from './znode-summary.ts'

export interface DiffFlags {
  readonly path?: string | undefined
  readonly all: boolean
  readonly stat: boolean
  readonly identity?: string | undefined
  readonly exitCode: boolean
  readonly json: boolean
}

const live = 'live'
const firstNames = 5
const firstThings = 20

/** @returns why it ends with 3: only where it was asked to and there is a difference */
export async function diffBackups(
  world: World,
  names: readonly [string, string],
  flags: DiffFlags,
  out: Writable,
): Promise<DcosctlError | undefined> {
  if (flags.path !== undefined && !flags.path.startsWith('/'))
    throw new DcosctlError('USAGE', {
      what: `--path ${flags.path}: a path begins with /.`,
      state: 'Nothing was touched.',
    })
  const [before, after] = [await sourceNamed(world, names[0], flags), await sourceNamed(world, names[1], flags)]
  const line = progressLine(process.stderr)
  const differ = await withScratchFolder(roomFor([before, after]), async folder => {
    const sides = await openBoth([before, after], folder, line.show).finally(() => line.close())
    return flags.json ? writeJson(sides, flags, out) : writeText(sides, flags, out)
  })
  if (!differ || !flags.exitCode) return undefined
  return new DcosctlError('UNWELL', { what: `${names[0]} and ${names[1]} differ.`, state: 'Nothing was changed.' })
}

async function sourceNamed(world: World, name: string, { identity }: DiffFlags): Promise<Source> {
  // A reader that goes away early ends the command, and with it what still streams.
  if (name === live) return liveSource(world, new AbortController().signal)
  return backupSource(world, await world.store(), name, identity)
}

/** What ZooKeeper's files take; of a live cluster it is known only once they are here. */
const roomFor = (sources: readonly Source[]): number =>
  sources
    .flatMap(({ objects }) => objects)
    .filter(({ kind }) => kind === 'zookeeper-files')
    .reduce((sum, { plainBytes = 0 }) => sum + plainBytes, 0)

type Sides = readonly [Side, Side]

async function openBoth(
  sources: readonly [Source, Source],
  folder: string,
  say: (text: string) => void,
): Promise<Sides> {
  const places = [join(folder, 'before'), join(folder, 'after')] as const
  for (const place of places) await mkdir(place, { mode: 0o700 })
  return [await openSide(sources[0], places[0], say), await openSide(sources[1], places[1], say)]
}

/** The differences in ZooKeeper; nothing where a side has none of its files. */
async function* znodeDifferences([before, after]: Sides, path: string | undefined): AsyncGenerator<ZnodeDifference> {
  if (!before.zookeeper || !after.zookeeper) return
  yield* diffStates(before.zookeeper, after.zookeeper, path === undefined ? undefined : isWithin(path))
}

const thingsIn = ([before, after]: Sides, { path }: DiffFlags): readonly ThingChange[] =>
  path === undefined ? diffThings(before.things, after.things) : []

async function writeText(sides: Sides, flags: DiffFlags, out: Writable): Promise<boolean> {
  const { all, stat, path } = flags
  const [before, after] = sides
  const summary = new ZnodeSummary({ path, stat, keep: all ? Number.POSITIVE_INFINITY : firstNames })
  for await (const difference of znodeDifferences(sides, path)) summary.add(difference)
  const changes = thingsIn(sides, flags)
  const text = diffText({
    ...{ before, after, changes, stat },
    hasThings: path === undefined,
    notCompared: path === undefined ? notCompared(before.things, after.things) : [],
    groups: summary.groups,
    apart: summary.apart,
    mostThings: all ? Number.POSITIVE_INFINITY : firstThings,
  })
  await writeLines([text], out)
  return changes.length + summary.groups.length > 0
}

/** Lines: the two sides, then each difference as it is found. */
async function writeJson(sides: Sides, flags: DiffFlags, out: Writable): Promise<boolean> {
  const changes = thingsIn(sides, flags)
  const summary = new ZnodeSummary({ path: flags.path, stat: flags.stat, keep: 0 })
  async function* lines() {
    const [before, after] = sides.map(sideJson)
    yield JSON.stringify({ before, after, notCompared: notCompared(sides[0].things, sides[1].things) })
    for (const change of changes) yield JSON.stringify(change)
    for await (const difference of znodeDifferences(sides, flags.path))
      if (summary.add(difference)) yield JSON.stringify(znodeJson(difference))
  }
  await writeLines(lines(), out)
  return changes.length + summary.groups.length > 0
}

const sideJson = ({ name, zookeeper }: Side): object => ({
  name,
  zookeeper: zookeeper ? { zxid: hex(zookeeper.zxid), znodes: zookeeper.znodes } : null,
})

function znodeJson({ path, change, ephemeral, before, after }: ZnodeDifference): object {
  const short = (znode: ZnodeDifference['before']) => znode && { ...znode, mzxid: hex(znode.mzxid) }
  return { kind: 'znode', path, change, ephemeral, before: short(before), after: short(after) }
}
