// Prints a large state in order: one range of paths after the other is held, as bytes, and sorted.

import { HeldRange } from './held-range.ts'
import type { LargeState } from './large-state.ts'
import { renderPath, znodeLine } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { Znode } from './tree.ts'

/** About how much of the snapshot is held at a time: so much, and so much more per znode. */
const HELD_BYTES = 16 * 1024 * 1024
const HELD_BYTES_PER_ZNODE = 30

/** The lines of all znodes whose key `wanted` is true of, as `znodeLines` prints them. */
export async function* largeLines(
  state: LargeState,
  rules: Rules,
  wanted?: (key: string) => boolean,
  heldBytes?: number,
): AsyncGenerator<string> {
  for await (const { path, znode } of sortedZnodes(state, wanted, heldBytes)) yield znodeLine(path, znode, rules)
}

/** In the order of their paths as they are shown. Data of most are views, good until the next one is asked for. */
export async function* sortedZnodes(
  state: LargeState,
  wanted: (key: string) => boolean = () => true,
  heldBytes: number = HELD_BYTES + HELD_BYTES_PER_ZNODE * state.totals.znodes,
): AsyncGenerator<Placed> {
  const held = new HeldRange()
  let from = ''
  for (const to of [...state.cuts(heldBytes), undefined]) {
    const isIn = (path: string) => path >= from && (to === undefined || path < to)
    held.clear()
    for await (const batch of state.untouched()) {
      for (const { key, found, acls } of batch) {
        const path = renderPath(key)
        if (isIn(path) && wanted(key)) held.keep(found, acls, path === key)
      }
    }
    const changed = [...state.tree.znodes]
      .filter(([key]) => isIn(renderPath(key)) && wanted(key))
      .map(([key, znode]) => ({ path: renderPath(key), znode }))
    changed.sort((a, b) => (a.path < b.path ? -1 : 1))
    yield* merged(held.sorted(state), changed)
    from = to ?? from
  }
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
