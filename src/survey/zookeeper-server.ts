// Asks one master's own ZooKeeper server how it stands, by `srvr`: the one word that every version answers.
import type { NodeName } from '../plan/types.ts'
import { masterNames, type World } from '../world.ts'
import { askWord, parseSrvr } from '../zookeeper/session/four-letter.ts'

export const zookeeperPort = 2181

const within = 10_000

/** @throws NotServing when it is out of the quorum. */
export async function serverState(
  { hosts }: Pick<World, 'hosts'>,
  node: NodeName,
): Promise<ReturnType<typeof parseSrvr>> {
  const host = await hosts.host(node)
  const line = await host.connect(zookeeperPort, { within })
  return parseSrvr(await askWord(line, 'srvr', within))
}

/** The numbers of the oldest version among the servers that answer: what it can't do is not asked of any. */
export async function oldestServer(world: World): Promise<string | undefined> {
  const answers = await Promise.allSettled(masterNames(world).map(name => serverState(world, name)))
  const versions = answers.flatMap(answer => (answer.status === 'fulfilled' ? (answer.value.version ?? []) : []))
  return versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0]
}
