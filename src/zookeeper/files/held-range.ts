// Znodes of one range of paths, held as the snapshot's own bytes side by side: each costs little more than these.

import { renderPath } from './print-tree.ts'
import { SnapshotZnode } from './snapshot-znode.ts'
import type { Znode } from './tree.ts'
import { type AclTable, znodeOf } from './untouched.ts'

const BLOCK_BYTES = 1024 * 1024
/** How many children it has stands in front of a znode's bytes. */
const CHILDREN_BYTES = 4

export class HeldRange {
  /** Used again for the next range. Each is full but for its end, or has one large znode alone. */
  readonly #blocks: Buffer[] = []
  readonly #large: Buffer[] = []
  /** Where each znode is: the number of its block times a block's size, and the byte in it; below 0: one of the large. */
  #places: number[] = []
  #block = 0
  #at = 0
  #inByteOrder = true
  #acls: AclTable = new Map()

  /** What was kept is no longer wanted. */
  clear(): void {
    this.#places = []
    this.#large.length = 0
    this.#block = 0
    this.#at = 0
    this.#inByteOrder = true
  }

  keep(found: SnapshotZnode, children: number, acls: AclTable): void {
    this.#acls = acls
    // Where a path is not ASCII, the order of its bytes need not be the order of its text.
    if (this.#inByteOrder && !found.path.isAscii) this.#inByteOrder = false
    const size = CHILDREN_BYTES + found.size
    if (size > BLOCK_BYTES) {
      const alone = Buffer.allocUnsafeSlow(size)
      alone.writeUInt32BE(children)
      found.copyTo(alone, CHILDREN_BYTES)
      this.#places.push(-this.#large.push(alone))
      return
    }
    if (this.#at + size > BLOCK_BYTES) {
      this.#block++
      this.#at = 0
    }
    const block = this.#blocks[this.#block] ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.#blocks[this.#block] = block
    block.writeUInt32BE(children, this.#at)
    found.copyTo(block, this.#at + CHILDREN_BYTES)
    this.#places.push(this.#block * BLOCK_BYTES + this.#at)
    this.#at += size
  }

  /** In the order of their paths. */
  *sorted(): Generator<{ path: string; znode: Znode }> {
    for (const place of this.#inByteOrder ? this.#byBytes() : this.#byText()) {
      const found = this.#found(place)
      const children = this.#bufferOf(place).readUInt32BE(startOf(place))
      yield { path: renderPath(found.key), znode: znodeOf(found, children, this.#acls) }
    }
  }

  #byBytes(): readonly number[] {
    return this.#places.sort((a, b) => {
      const one = this.#bufferOf(a)
      const other = this.#bufferOf(b)
      const oneAt = startOf(a) + CHILDREN_BYTES
      const otherAt = startOf(b) + CHILDREN_BYTES
      const oneEnd = oneAt + 4 + one.readInt32BE(oneAt)
      const otherEnd = otherAt + 4 + other.readInt32BE(otherAt)
      return one.compare(other, otherAt + 4, otherEnd, oneAt + 4, oneEnd)
    })
  }

  /** Some paths are not ASCII: they are compared as they are shown. */
  #byText(): readonly number[] {
    const named = this.#places.map(place => ({ place, path: renderPath(this.#found(place).key) }))
    return named.sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ place }) => place)
  }

  #found(place: number): SnapshotZnode {
    return SnapshotZnode.at(this.#bufferOf(place), startOf(place) + CHILDREN_BYTES)
  }

  #bufferOf(place: number): Buffer {
    const buffer = place < 0 ? this.#large[-place - 1] : this.#blocks[Math.floor(place / BLOCK_BYTES)]
    if (!buffer) throw new RangeError(`nothing is held at ${place}`)
    return buffer
  }
}

const startOf = (place: number): number => (place < 0 ? 0 : place % BLOCK_BYTES)
