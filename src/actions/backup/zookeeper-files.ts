// ZooKeeper's files of a follower, copied while it runs: exact at a zxid that the manifest names, and that is known to be committed.
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeName } from '../../plan/types.ts'
import { serverState } from '../../survey/zookeeper-server.ts'
import type { World } from '../../world.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import { type ArchiveContents, checkedArchive } from '../../zookeeper/files/decode-archive.ts'
import { DCOS_ZOOKEEPER_ROOT, hotCopyScript } from '../../zookeeper/files/hot-copy.ts'
import { idleWithin, type OpenSource } from './source.ts'

export const zookeeperFiles: OpenSource = async (world, { from }, signal) => {
  // A server logs before it applies, and the script reads the logs after the snapshot: the copy must reach what is reported now.
  const { zxid: fuzzEnd, version } = await serverState(world, from)
  const host = await world.hosts.host(from)
  const { stdout } = await host.stream(hotCopyScript, { as: 'root', args: [DCOS_ZOOKEEPER_ROOT], idleWithin, signal })
  const { bytes, contents } = checkedArchive(stdout, { fuzzEnd })
  let decoded: ArchiveContents | undefined
  async function* plain() {
    yield* bytes
    decoded = await contents
    if (decoded.exactAt === undefined) {
      throw new Error(`ZooKeeper's files of ${from} are not exact: ${decoded.notes.map(sayNote).join('; ')}`)
    }
    await committed(world, from, decoded.exactAt)
  }
  return {
    plain: plain(),
    content() {
      if (decoded?.exactAt === undefined) throw new Error('the content is known once the stream has ended')
      return {
        kind: 'zookeeper-files',
        from,
        serverVersion: version ?? 'unknown',
        snapshotZxid: hex(decoded.snapshotZxid),
        exactAt: hex(decoded.exactAt),
        fuzzEnd: hex(fuzzEnd),
        znodesInSnapshot: decoded.znodesInSnapshot,
        transactions: decoded.records,
        notes: decoded.notes.map(sayNote),
      }
    },
  }
}

export const sayNote = ({ file, offset, expected, saw }: Note): string =>
  `${file} at byte ${offset}: expected ${expected}, saw ${saw}`

const committedWithin = 10_000

/**
 * The tail of one member's log may hold proposals that a new leader would take back. Once the member itself reports a zxid of the same epoch
 * that is not below, they have been committed and applied.
 */
async function committed(world: World, node: NodeName, exactAt: bigint): Promise<void> {
  const until = performance.now() + committedWithin
  for (;;) {
    const { zxid } = await serverState(world, node)
    if (zxid >> 32n !== exactAt >> 32n) {
      throw new Error(
        `ZooKeeper had a new leader while ${node} was copied (epoch ${zxid >> 32n}, the copy is of ${exactAt >> 32n})`,
      )
    }
    if (zxid >= exactAt) return
    if (performance.now() > until)
      throw new Error(`${node} has ${hex(exactAt)} in its log but has applied only ${hex(zxid)}`)
    await wait(200)
  }
}
