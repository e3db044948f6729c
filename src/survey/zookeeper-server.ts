// Asks one master's own ZooKeeper server how it stands, by `srvr`: the one word that every version answers.
import type { NodeName } from '../plan/types.ts'
import type { World } from '../world.ts'
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
