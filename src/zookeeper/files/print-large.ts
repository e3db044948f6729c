// Prints a large state in order: one range of paths after the other is held, as bytes, and sorted.

import { HeldRange } from './held-range.ts'
import type { LargeState } from './large-state.ts'
import { renderPath, znodeLine } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { Znode } from './tree.ts'
import type { Handle } from './znode-table.ts'

/** About how much of the snapshot is held at a time: so much, and so much more per znode. */
const HELD_BYTES = 16 * 1024 * 1024
const HELD_BYTES_PER_ZNODE = 30
const NOT_WANTED = 0xffff

/** Joined they stay below 128 KB, from which on V8 gives each text memory of its own, to be collected late. */
const LINES_AT_ONCE = 128

/** The lines of all znodes whose key `wanted` is true of, as `znodeLines` prints them. */
export async function* largeLines(...asked: Parameters<typeof linesInBatches>): AsyncGenerator<string> {
  for await (const batch of linesInBatches(...asked)) yield* batch
}

/** The same, many at once: there may be millions. */
export async function* linesInBatches(
  state: LargeState,
  rules: Rules,
  wanted?: (key: string) => boolean,
  heldBytes?: number,
): AsyncGenerator<readonly string[]> {
  for await (const range of sortedRanges(state, wanted, heldBytes)) {
    let lines: string[] = []
    for (const { path, znode } of range) {
      lines.push(znodeLine(path, znode, rules))
      if (lines.length < LINES_AT_ONCE) continue
      yield lines
      lines = []
    }
    yield lines
  }
}

/** In the order of their paths as they are shown. Data of most are views, good until the next one is asked for. */
export async function* sortedZnodes(...asked: Parameters<typeof sortedRanges>): AsyncGenerator<Placed> {
  for await (const range of sortedRanges(...asked)) yield* range
}

/** Range after range of the znodes in order; each to be read before the next one is asked for. */
async function* sortedRanges(
  state: LargeState,
  wanted: (key: string) => boolean = () => true,
  heldBytes: number = HELD_BYTES + HELD_BYTES_PER_ZNODE * state.totals.znodes,
): AsyncGenerator<Iterable<Placed>> {
  const held = new HeldRange()
  const cuts = state.cuts(heldBytes)
  const rangeOf = (path: string) => cuts.findLastIndex(cut => path >= cut) + 1
  /** By place in the snapshot; found out as the first range is read. */
  const ranges = new Uint16Array(state.places)
  const changed = changedIn(state, rangeOf, wanted)
  for (let range = 0; range <= cuts.length; range++) {
    held.clear()
    for await (const { first, znodes, acls } of state.snapshot()) {
      for (const [index, found] of znodes.entries()) {
        const place = first + index
        if (state.isHeld(place)) continue
        if (range === 0) ranges[place] = wanted(found.key) ? rangeOf(renderPath(found.key)) : NOT_WANTED
        if (ranges[place] === range) held.keep(found, state.childrenAt(place), acls)
      }
    }
    yield merged(held.sorted(), inOrder(state, changed[range] ?? []))
  }
}

/** What the logs changed, by range. */
function changedIn(state: LargeState, rangeOf: (path: string) => number, wanted: (key: string) => boolean): Handle[][] {
  const changed: Handle[][] = []
  const { znodes } = state.tree
  for (const handle of znodes.handles()) {
    const key = znodes.key(handle)
    if (!wanted(key)) continue
    const range = rangeOf(renderPath(key))
    const handles = changed[range] ?? []
    changed[range] = handles
    handles.push(handle)
  }
  return changed
}

function* inOrder({ tree: { znodes } }: LargeState, handles: readonly Handle[]): Generator<Placed> {
  const placed = handles.map(handle => ({ path: renderPath(znodes.key(handle)), handle }))
  placed.sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { path, handle } of placed) yield { path, znode: znodes.znode(handle) }
}

export interface Placed {
  readonly path: string
  readonly znode: Znode
}

/** Both are in order; so is what comes out. */
function* merged(untouched: Iterable<Placed>, changed: Iterator<Placed>): Generator<Placed> {
  let next = changed.next()
  for (const one of untouched) {
    for (; !next.done && next.value.path < one.path; next = changed.next()) yield next.value
    yield one
  }
  for (; !next.done; next = changed.next()) yield next.value
}
