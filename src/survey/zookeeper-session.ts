// How a session with the masters' ZooKeeper is opened: through the nodes' own SSH connections, with the credentials of the cluster file.
import { seconds } from '../config/patience.ts'
import { readSecret } from '../config/secret-source.ts'
import { masterNames, type World } from '../world.ts'
import { bootClock } from '../zookeeper/session/clock.ts'
import type { SessionOptions } from '../zookeeper/session/session.ts'
import { zookeeperPort } from './zookeeper-server.ts'

/** A login may take longer than a server is given to answer, and its refusal says more than that none did. @throws NodeError */
export async function reachOneMaster(world: World): Promise<void> {
  try {
    await Promise.any(masterNames(world).map(async name => world.hosts.host(name)))
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** @throws NodeError where no master can be reached */
export async function sessionOptions(world: World): Promise<SessionOptions> {
  await reachOneMaster(world)
  const { auth, sessionTimeout } = world.file.zookeeper
  return {
    dial: masterNames(world).map(name => ({
      name,
      connect: async (within: number) => (await world.hosts.host(name)).connect(zookeeperPort, { within }),
    })),
    timeoutMs: seconds(sessionTimeout) * 1000,
    clock: bootClock,
    ...(auth ? { auth: await readSecret('The ZooKeeper credentials', auth, process.env) } : {}),
  }
}
