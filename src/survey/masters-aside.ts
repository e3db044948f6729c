// Which masters are down, or lack a service, while the others serve: a night with a broken master is the one whose backup will be wanted.
import type { Aside } from '../cluster/aside.ts'
import { because } from '../errors.ts'
import type { NodeName } from '../plan/types.ts'
import { DeadlinePassed, LineDropped, PortClosed, Unreachable } from '../ssh/errors.ts'
import { masterNames, type World } from '../world.ts'
import { NotServing } from '../zookeeper/session/four-letter.ts'
import { healthOf } from './master-health.ts'
import { nodeSays } from './node.ts'
import { serverState } from './zookeeper-server.ts'

export interface Serving {
  /** As if the masters that were set aside were not in the cluster file. */
  readonly world: World
  readonly aside: readonly Aside[]
}

/** @throws whatever is no outage: a refused login, a changed host key, a host of another cluster */
export async function withoutThoseDown(world: World): Promise<Serving> {
  const looked = await Promise.all(masterNames(world).map(async name => lookAt(world, name)))
  const aside = looked.filter(master => master !== undefined)
  const masters = world.file.masters.filter(({ name }) => !aside.some(other => other.name === name))
  return { world: { ...world, file: { ...world.file, masters } }, aside }
}

/** Undefined: nothing is wrong with it. */
async function lookAt(world: World, name: NodeName): Promise<Aside | undefined> {
  const unreached = await outageOf(nodeSays(world, name))
  if (unreached) return { name, why: unreached, isReached: false, serves: false }
  const [zookeeper, mesos] = await Promise.all([outageOf(serverState(world, name)), outageOf(healthOf(world, name))])
  const why = [zookeeper, mesos].filter(each => each !== undefined).join('; ')
  return why === '' ? undefined : { name, why, isReached: true, serves: zookeeper === undefined }
}

async function outageOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    if (outages.some(kind => error instanceof kind)) return because(error)
    throw error
  }
}

const outages = [Unreachable, LineDropped, DeadlinePassed, PortClosed, NotServing]
