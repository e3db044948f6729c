// Prints a large state in order: one range of paths after the other is held and sorted.

import type { LargeState } from './large-state.ts'
import { renderPath, znodeLine } from './print-tree.ts'
import type { Rules } from './replay.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import type { Znode } from './tree.ts'
import { type AclTable, znodeOf } from './untouched.ts'

const BLOCK_BYTES = 1024 * 1024

/** About how much of the snapshot is held at a time: so much, and so much more per znode. */
const HELD_BYTES = 32 * 1024 * 1024
const HELD_BYTES_PER_ZNODE = 20

interface Printed {
  readonly path: string
  znode(): Znode
}

/** The lines of all znodes whose path `wanted` is true of, as `znodeLines` prints them. */
export async function* largeLines(
  state: LargeState,
  rules: Rules,
  wanted: (key: string) => boolean = () => true,
  heldBytes: number = HELD_BYTES + HELD_BYTES_PER_ZNODE * state.totals.znodes,
): AsyncGenerator<string> {
  const arena = new Arena()
  let from = ''
  for (const to of [...state.cuts(heldBytes), undefined]) {
    const range = await held(state, wanted, from, to, arena)
    range.sort((a, b) => (a.path < b.path ? -1 : 1))
    for (const printed of range) yield znodeLine(printed.path, printed.znode(), rules)
    from = to ?? from
  }
}

/** Every znode with a path in [from, to). */
async function held(
  state: LargeState,
  wanted: (key: string) => boolean,
  from: string,
  to: string | undefined,
  arena: Arena,
): Promise<Printed[]> {
  const isIn = (path: string) => path >= from && (to === undefined || path < to)
  const found: Printed[] = []
  for (const [key, znode] of state.tree.znodes) {
    const path = renderPath(key)
    if (isIn(path) && wanted(key)) found.push({ path, znode: () => znode })
  }
  arena.clear()
  for await (const batch of state.untouched()) {
    for (const { key, found: one, acls } of batch) {
      const path = renderPath(key)
      if (isIn(path) && wanted(key)) found.push(new HeldZnode(path, arena.keep(one), state.childrenOf(key), acls))
    }
  }
  return found
}

class HeldZnode implements Printed {
  readonly path: string
  readonly #found: SnapshotZnode
  readonly #children: number
  readonly #acls: AclTable

  constructor(path: string, found: SnapshotZnode, children: number, acls: AclTable) {
    this.path = path
    this.#found = found
    this.#children = children
    this.#acls = acls
  }

  znode(): Znode {
    return znodeOf(this.#found, this.#children, this.#acls)
  }
}

/** Keeps copies side by side, so that each costs little more than its bytes; its blocks are used again for the next range. */
class Arena {
  readonly #blocks: Buffer[] = []
  #used = 0
  #at = 0

  /** What was kept is no longer wanted. */
  clear(): void {
    this.#used = 0
    this.#at = 0
  }

  keep(found: SnapshotZnode): SnapshotZnode {
    const { size } = found
    if (size > BLOCK_BYTES) return found.copiedTo(Buffer.allocUnsafeSlow(size), 0)
    if (this.#at + size > BLOCK_BYTES) {
      this.#used++
      this.#at = 0
    }
    const copy = found.copiedTo(this.#block(), this.#at)
    this.#at += size
    return copy
  }

  #block(): Buffer {
    const block = this.#blocks[this.#used] ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.#blocks[this.#used] = block
    return block
  }
}
