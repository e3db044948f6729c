// The tree that ZooKeeper has now, from a hot copy of a member's files that is decoded in memory: what a restore would change is told from it.
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { because } from '../../../errors.ts'
import { serverState } from '../../../survey/zookeeper-server.ts'
import { masterNames, type World } from '../../../world.ts'
import { DCOS_ZOOKEEPER_ROOT, hotCopyScript } from '../../../zookeeper/files/hot-copy.ts'
import { type DataFiles, inspect } from '../../../zookeeper/files/inspect.ts'
import type { Rules } from '../../../zookeeper/files/replay.ts'
import type { Tree } from '../../../zookeeper/files/tree.ts'

export interface Living {
  readonly tree: Tree
  readonly rules: Rules
  readonly zxid: bigint
  readonly serverVersion: string | undefined
}

const idleWithin = 60_000

/** A follower is asked first; or why no member's tree could be had. */
export async function livingTree(world: World): Promise<Living | { readonly why: string }> {
  const asked = await Promise.allSettled(
    masterNames(world).map(async node => ({ node, state: await serverState(world, node) })),
  )
  const serving = asked
    .flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
    .toSorted((a, b) => Number(a.state.mode === 'leader') - Number(b.state.mode === 'leader'))
  let why = asked.flatMap(one => (one.status === 'rejected' ? [because(one.reason)] : []))[0] ?? 'no server answers'
  for (const { node, state } of serving) {
    try {
      const found = await inspect(await hotCopy(world, node), { fuzzEnd: state.zxid })
      if (found.claim === 'exact')
        return { tree: found.tree, rules: found.rules, zxid: found.zxid, serverVersion: state.version }
      why = `the files of ${node} prove no state`
    } catch (error) {
      why = because(error)
    }
  }
  return { why }
}

async function hotCopy(world: World, node: string): Promise<DataFiles> {
  const host = await world.hosts.host(node)
  const { stdout } = await host.stream(hotCopyScript, { as: 'root', args: [DCOS_ZOOKEEPER_ROOT], idleWithin })
  const files = new Map<string, Buffer>()
  const archive = extract()
  stdout.on('error', error => archive.destroy(error))
  for await (const entry of stdout.pipe(archive)) files.set(entry.header.name, await buffer(entry))
  return {
    names: [...files.keys()],
    async *open(name) {
      const bytes = files.get(name)
      if (bytes) yield bytes
    },
  }
}
