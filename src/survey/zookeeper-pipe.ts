// Opens a pipe to ZooKeeper through the masters' own SSH connections, for what reads or writes many znodes.
import { seconds } from '../config/patience.ts'
import { readSecret } from '../config/secret-source.ts'
import type { NodeName } from '../plan/types.ts'
import type { World } from '../world.ts'
import { openPipe, type Pipe } from '../zookeeper/pipeline/pipe.ts'
import { zookeeperPort } from './zookeeper-server.ts'

export interface OpenedPipe {
  readonly pipe: Pipe
  readonly hasCredentials: boolean
}

/** To the first of these masters whose server answers; the caller closes it. @throws NodeError, NoServer, AuthFailed */
export async function zookeeperPipe(world: World, masters: readonly NodeName[]): Promise<OpenedPipe> {
  // A login may take longer than a server is given to answer.
  const reached = masters.map(async name => ({ name, host: await world.hosts.host(name) }))
  await Promise.any(reached).catch((error: unknown) => {
    throw error instanceof AggregateError ? error.errors[0] : error
  })
  const { auth, sessionTimeout } = world.file.zookeeper
  const pipe = await openPipe({
    dial: masters.map(name => ({
      name,
      connect: async within => (await world.hosts.host(name)).connect(zookeeperPort, { within }),
    })),
    timeoutMs: seconds(sessionTimeout) * 1000,
    ...(auth ? { auth: await readSecret('The ZooKeeper credentials', auth, process.env) } : {}),
  })
  return { pipe, hasCredentials: auth !== undefined }
}
