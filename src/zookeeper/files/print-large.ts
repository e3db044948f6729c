// Prints a large state in order: one range of paths after the other is held, as bytes, and sorted.

import { HeldRange } from './held-range.ts'
import { keyOf, type LargeState } from './large-state.ts'
import { renderPath, znodeLine } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { Znode } from './tree.ts'

/** About how much of the snapshot is held at a time: so much, and so much more per znode. */
const HELD_BYTES = 16 * 1024 * 1024
const HELD_BYTES_PER_ZNODE = 30
const NOT_WANTED = 0xffff

const LINES_AT_ONCE = 512

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
    for await (const batch of state.untouched()) {
      for (const one of batch) {
        if (range > 0 && ranges[one.at] !== range) continue
        const key = keyOf(one)
        const path = renderPath(key)
        if (range === 0) ranges[one.at] = wanted(key) ? rangeOf(path) : NOT_WANTED
        if (ranges[one.at] === range) held.keep(one.found, state.childrenAt(one.at), one.acls, path === key)
      }
    }
    yield merged(held.sorted(), changed[range] ?? [])
  }
}

/** What the logs changed, by range, in order. */
function changedIn(state: LargeState, rangeOf: (path: string) => number, wanted: (key: string) => boolean): Placed[][] {
  const changed: Placed[][] = []
  for (const [key, znode] of state.tree.znodes) {
    if (!wanted(key)) continue
    const path = renderPath(key)
    const range = rangeOf(path)
    const placed = changed[range] ?? []
    changed[range] = placed
    placed.push({ path, znode })
  }
  for (const placed of changed) placed?.sort((a, b) => (a.path < b.path ? -1 : 1))
  return changed
}

export interface Placed {
  readonly path: string
  readonly znode: Znode
}

/** Both are in order; so is what comes out. */
function* merged(untouched: Iterable<Placed>, changed: readonly Placed[]): Generator<Placed> {
  let at = 0
  for (const one of untouched) {
    for (let next = changed[at]; next && next.path < one.path; next = changed[++at]) yield next
    yield one
  }
  yield* changed.slice(at)
}
