// ZooKeeper's files of one member: of one that serves (hot), of one that was stopped for it, or of one that lies still since no quorum
// serves. In each case exact at a zxid that the manifest names, and with what is known of whether that was committed.
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeName } from '../../plan/types.ts'
import { committedAtRest } from '../../survey/zookeeper-at-rest.ts'
import { serverState } from '../../survey/zookeeper-server.ts'
import type { World } from '../../world.ts'
import { earlier } from '../../zookeeper/files/choose-files.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import { type ArchiveContents, type ArchiveOptions, checkedArchive } from '../../zookeeper/files/decode-archive.ts'
import { DCOS_ZOOKEEPER_ROOT, hotCopyScript } from '../../zookeeper/files/hot-copy.ts'
import { idleWithin, type OpenSource } from './source.ts'
import { stoppedCopy } from './stopped-copy.ts'

/** While it runs: exact, and known to be committed. */
export const zookeeperFiles: OpenSource = async (world, { from }, signal) => {
  // A server logs before it applies, and the script reads the logs after the snapshot: the copy must reach what is reported now.
  const { zxid: before, version } = await serverState(world, from)
  const { bytes, begun } = askedWhenItBegins(await hotCopy(world, from, signal), () => serverState(world, from))
  return read(bytes, from, { fuzzEnd: before }, async exactAt => {
    await committed(world, from, exactAt)
    const { zxid: linked } = await begun
    return { serverVersion: version ?? 'unknown', fuzzEnd: hex(earlier(linked, exactAt)), committed: 'yes' }
  })
}

/**
 * The snapshot may have been completed after the copy was ordered, and hold what came until then. With the first byte of the copy it is linked:
 * what is reported from then on is behind all that is in it.
 */
function askedWhenItBegins<T>(copy: AsyncIterable<Uint8Array>, ask: () => Promise<T>) {
  const { promise: begun, resolve } = Promise.withResolvers<T>()
  begun.catch(() => {}) // told by whoever awaits it
  async function* bytes() {
    let asked = false
    for await (const piece of copy) {
      if (!asked) resolve(ask())
      asked = true
      yield piece
    }
  }
  return { bytes: bytes(), begun }
}

/**
 * While no quorum serves. The server may even run: it applies nothing. Its fuzz end is not known; the state it is exact at is never before it.
 */
export const zookeeperFilesAtRest: OpenSource = async (world, { from }, signal) => {
  const stdout = await hotCopy(world, from, signal)
  return read(stdout, from, { fuzzEnd: 'at rest' }, async exactAt => ({
    ...{ serverVersion: 'unknown', fuzzEnd: hex(exactAt), atRest: true },
    committed: await committedAtRest(world, exactAt),
  }))
}

/** As a `copy-stopped` of this run left it; by now the member serves again and says whether its last transaction was committed. */
export const zookeeperFilesStopped: OpenSource = async (world, { from }, signal, run) => {
  const stdout = await stoppedCopy(world, { node: from, service: 'zookeeper', run }, signal)
  return read(stdout, from, { fuzzEnd: 'at rest' }, async exactAt => {
    const { zxid, version } = await serverState(world, from)
    // A single server elects itself anew, in a later epoch, and takes nothing back.
    const alone = world.file.masters.length === 1
    if (!alone && zxid >> 32n === exactAt >> 32n) await committed(world, from, exactAt)
    const known = alone || zxid >> 32n === exactAt >> 32n
    return {
      ...{ serverVersion: version ?? 'unknown', fuzzEnd: hex(exactAt), atRest: true },
      committed: known ? 'yes' : await committedAtRest(world, exactAt),
    }
  })
}

async function hotCopy(world: World, from: NodeName, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const host = await world.hosts.host(from)
  const { stdout } = await host.stream(hotCopyScript, { as: 'root', args: [DCOS_ZOOKEEPER_ROOT], idleWithin, signal })
  return stdout
}

type Facts = Readonly<Record<string, string | boolean>>

/** `ask` is asked once the copy is known to be exact, and may refuse it. */
function read(
  stdout: AsyncIterable<Uint8Array>,
  from: NodeName,
  options: ArchiveOptions,
  ask: (exactAt: bigint) => Promise<Facts>,
) {
  const { bytes, contents } = checkedArchive(stdout, options)
  let decoded: { readonly of: ArchiveContents; readonly exactAt: bigint; readonly facts: Facts } | undefined
  async function* plain() {
    yield* bytes
    const of = await contents
    const { exactAt, notes } = of
    if (exactAt === undefined)
      throw new Error(`ZooKeeper's files of ${from} are not exact: ${notes.map(sayNote).join('; ')}`)
    decoded = { of, exactAt, facts: await ask(exactAt) }
  }
  return {
    plain: plain(),
    content() {
      if (!decoded) throw new Error('the content is known once the stream has ended')
      const { of, exactAt, facts } = decoded
      return {
        ...{ kind: 'zookeeper-files', from, snapshotZxid: hex(of.snapshotZxid), exactAt: hex(exactAt) },
        ...facts,
        ...{ znodesInSnapshot: of.znodesInSnapshot, transactions: of.records, notes: of.notes.map(sayNote) },
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
