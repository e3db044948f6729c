// One znode as it came over the wire, in the form in which `inspect zookeeper --json` prints one of a server's files.
import { renderPath, znodeLine } from '../files/print-tree.ts'
import type { AclEntry } from '../pipeline/protocol.ts'
import {
  aversionOf,
  childrenOf,
  createdOf,
  ctimeOf,
  czxidOf,
  mtimeOf,
  mzxidOf,
  ownerOf,
  pzxidOf,
  versionOf,
} from '../pipeline/stat.ts'
import type { SeenZnode } from './walk.ts'

const bytesOf = ({ perms, scheme, id }: AclEntry) => ({
  perms,
  scheme: Buffer.from(scheme, 'latin1'),
  id: Buffer.from(id, 'latin1'),
})

export function lineOf({ path, data, acl, stat }: SeenZnode): string {
  const znode = {
    data,
    acl: acl.map(bytesOf),
    czxid: BigInt.asUintN(64, czxidOf(stat)),
    mzxid: BigInt.asUintN(64, mzxidOf(stat)),
    pzxid: BigInt.asUintN(64, pzxidOf(stat)),
    ctime: ctimeOf(stat),
    mtime: mtimeOf(stat),
    version: versionOf(stat),
    cversion: createdOf(stat),
    aversion: aversionOf(stat),
    ephemeralOwner: ownerOf(stat),
    children: childrenOf(stat),
  }
  // The owner is what the server shows of it: nothing has to be hidden any more, as it would be in a server's files.
  return znodeLine(renderPath(path === '/' ? '' : path), znode, '3.4')
}
