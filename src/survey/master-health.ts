// Asks a master how it stands, once for all who ask within half a second: Mesos answers `/metrics/snapshot` twice a second and queues the rest.
import { type MasterHealth, masterHealth } from '../mesos/master.ts'
import type { NodeName } from '../plan/types.ts'
import { serviceOn, type World } from '../world.ts'

interface Answer {
  readonly askedAt: number
  readonly health: Promise<MasterHealth>
}

/** Milliseconds; apache/mesos limits the endpoint to 2 per second (src/master/master.cpp, `metrics/snapshot` rate limit of libprocess). */
const goodFor = 500

const answers = new WeakMap<World['hosts'], Map<NodeName, Answer>>()

export function healthOf(world: Pick<World, 'hosts'>, node: NodeName): Promise<MasterHealth> {
  const known = answers.get(world.hosts) ?? new Map<NodeName, Answer>()
  answers.set(world.hosts, known)
  const last = known.get(node)
  if (last && performance.now() - last.askedAt < goodFor) return last.health
  const health = masterHealth(serviceOn(world, node, 'mesos'))
  known.set(node, { askedAt: performance.now(), health })
  health.catch(() => known.delete(node)) // A failure is not kept: the next one asks anew.
  return health
}
