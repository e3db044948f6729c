// Makes the tree of a snapshot in memory.

import { DamagedFile } from './damage.ts'
import type { Acl } from './jute.ts'
import { decodeSnapshot } from './snapshot.ts'
import { insert, noTree, OPEN_ACL, type Tree } from './tree.ts'

const OPEN_ACL_ID = -1n

/** Of plain snapshot bytes. Throws `DamagedFile`, also for a znode without its parent. */
export async function loadTree(bytes: AsyncIterable<Uint8Array>): Promise<Tree> {
  const tree = noTree()
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
        for (const znode of part.znodes) {
          const { path, data, aclId } = znode
          const acl = aclId === OPEN_ACL_ID ? OPEN_ACL : acls.get(aclId)
          if (!insert(tree, path.toString('latin1'), data && Buffer.from(data), acl, znode.stat)) {
            throw new DamagedFile(0, 'every znode behind its parent', `${path.toString()} without one`)
          }
        }
        break
      case 'sealed':
        return tree
    }
  }
  throw new DamagedFile(0, 'a seal at the end of the snapshot', 'none')
}
