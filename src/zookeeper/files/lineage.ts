// Finds the parent of each znode of a snapshot as it streams by. Servers write depth first, so that only a znode's ancestors need be remembered.

import { DamagedFile } from './damage.ts'
import { parentOf } from './tree.ts'

export class Lineage<T> {
  readonly #ancestors: { readonly key: string; readonly own: T }[] = []
  /** False: from some znode on the parent was not among those that are remembered. */
  depthFirst = true

  /** What was given with the parent; undefined for the root, and where the order does not tell. */
  parentOf(key: string, own: T): T | undefined {
    const ancestors = this.#ancestors
    if (key === '') {
      if (ancestors.length > 0) throw new DamagedFile(0, 'one root', 'a second one')
      ancestors.push({ key, own })
      return undefined
    }
    if (ancestors.length === 0) throw new DamagedFile(0, 'the root as the first znode', key)
    const wanted = parentOf(key)
    let parent = ancestors.at(-1)
    while (parent && parent.key !== wanted && ancestors.length > 1) {
      ancestors.pop()
      parent = ancestors.at(-1)
    }
    if (parent?.key !== wanted) {
      this.depthFirst = false
      return undefined
    }
    ancestors.push({ key, own })
    return parent.own
  }
}
