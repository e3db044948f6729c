// Makes the tree of a snapshot in memory.

import { DamagedFile } from './damage.ts'
import type { Acl } from './jute.ts'
import { decodeSnapshot } from './snapshot.ts'
import { lastSlash } from './span.ts'
import { noTree, own, type Tree } from './tree.ts'

/** Of plain snapshot bytes. Throws `DamagedFile`, also for a znode without its parent. */
export async function loadTree(bytes: AsyncIterable<Uint8Array>): Promise<Tree> {
  const tree = noTree()
  const { znodes } = tree
  let acls: ReadonlyMap<bigint, readonly Acl[]> = new Map()
  for await (const part of decodeSnapshot(bytes)) {
    switch (part.kind) {
      case 'sessions':
        for (const { id, timeoutMs } of part.sessions) tree.sessions.set(id, timeoutMs)
        break
      case 'acls':
        acls = part.acls
        break
      case 'znodes':
        for (const found of part.znodes) {
          const { bytes, pathStart, pathEnd } = found
          if (pathStart !== pathEnd) {
            const parent = znodes.find(bytes, pathStart, Math.max(lastSlash(bytes, pathStart, pathEnd), pathStart))
            if (parent === 0) throw new DamagedFile(0, 'every znode behind its parent', `${found.key} without one`)
            znodes.addChildren(parent, 1)
          }
          const handle = znodes.addFound(found, acls)
          if (found.isOwned) own(tree, handle)
        }
        break
      case 'sealed':
        return tree
    }
  }
  throw new DamagedFile(0, 'a seal at the end of the snapshot', 'none')
}
