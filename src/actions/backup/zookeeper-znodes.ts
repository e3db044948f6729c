// ZooKeeper's znodes through its API, from one server: for clusters where its files can't be read. Containers and TTLs can't be told from persistent znodes that way.

import type { Content } from '../../store/manifest.ts'
import { zookeeperPipe } from '../../survey/zookeeper-pipe.ts'
import { serverState } from '../../survey/zookeeper-server.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { renderPath } from '../../zookeeper/files/print-tree.ts'
import type { Claim } from '../../zookeeper/walk/bounds.ts'
import { copyZnodes, type ZnodesCopy } from '../../zookeeper/walk/copy-znodes.ts'
import type { OpenSource } from './source.ts'

export const zookeeperZnodes: OpenSource = async (world, { from }, signal) => {
  const { version } = await serverState(world, from)
  const { pipe } = await zookeeperPipe(world, [from])
  let copy: ZnodesCopy
  const stop = () => pipe.drop('stopped')
  signal.addEventListener('abort', stop)
  try {
    copy = await copyZnodes(pipe, signal)
  } finally {
    signal.removeEventListener('abort', stop)
    await pipe.close()
  }
  const { claim, znodes, dataBytes, ephemerals } = copy
  return {
    plain: copy.bytes(),
    content: () => ({
      kind: 'zookeeper-znodes',
      from,
      serverVersion: version ?? 'unknown',
      ...{ znodes, dataBytes, ephemerals },
      ...claimed(claim),
    }),
  }
}

/** As many of the changed znodes as a person reads; the object's first line has all. */
const named = 20

function claimed(claim: Claim): Content {
  switch (claim.claim) {
    case 'exact':
      return { claim: 'exact', zxid: hex(claim.zxid) }
    case 'except':
      return {
        ...{ claim: 'except', zxid: hex(claim.zxid), changed: claim.changed.length },
        changedFirst: claim.changed.slice(0, named).map(renderPath),
      }
    case 'fuzzy':
      return { claim: 'fuzzy', first: hex(claim.first), last: hex(claim.last), changed: claim.changed }
  }
}
