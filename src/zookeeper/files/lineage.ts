// Finds the parent of each znode of a snapshot as it streams by. Servers write depth first, so that only a znode's ancestors need be remembered.

import { DamagedFile } from './damage.ts'
import type { SnapshotZnode } from './snapshot-znode.ts'
import { lastSlash } from './span.ts'

export class Lineage {
  /** The path of the last znode: its ancestors' are the beginnings of it. */
  #path = Buffer.alloc(1024)
  /** Of the znode and its ancestors, from the root on: how long the path is, and its place in the snapshot. */
  readonly #lengths: number[] = []
  readonly #places: number[] = []
  /** False: from some znode on the parent was not among those that are remembered. */
  depthFirst = true

  /** The parent's place; undefined for the root, and where the order does not tell. */
  parentOf(znode: SnapshotZnode, place: number): number | undefined {
    const { bytes, pathStart, pathEnd } = znode
    if (pathStart === pathEnd) {
      if (this.#places.length > 0) throw new DamagedFile(0, 'one root', 'a second one')
      this.#remember(0, place)
      return undefined
    }
    if (this.#places.length === 0) throw new DamagedFile(0, 'the root as the first znode', znode.key)
    const length = Math.max(lastSlash(bytes, pathStart, pathEnd) - pathStart, 0)
    while ((this.#lengths.at(-1) ?? 0) > length) {
      this.#lengths.pop()
      this.#places.pop()
    }
    if (this.#lengths.at(-1) !== length || !this.#begins(bytes, pathStart, length)) {
      this.depthFirst = false
      return undefined
    }
    const parent = this.#places.at(-1)
    const size = pathEnd - pathStart
    if (size > this.#path.length) this.#path = Buffer.concat([this.#path], 2 * size)
    bytes.copy(this.#path, length, pathStart + length, pathEnd)
    this.#remember(size, place)
    return parent
  }

  #remember(length: number, place: number): void {
    this.#lengths.push(length)
    this.#places.push(place)
  }

  /** Whether the last path and this one have their first `length` bytes in common. */
  #begins(bytes: Buffer, start: number, length: number): boolean {
    for (let at = length - 1; at >= 0; at--) if (this.#path[at] !== bytes[start + at]) return false
    return true
  }
}
