// Asks every master what it leads.
import type { Leads } from '../cluster/facts.ts'
import { marathonInfo } from '../marathon/marathon.ts'
import type { MasterHealth } from '../mesos/master.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import type { ServerState } from '../zookeeper/session/four-letter.ts'
import { healthOf } from './master-health.ts'
import { serverState } from './zookeeper-server.ts'

/** What each master leads. A master that can't be asked is an error: its rank is not known. */
export async function whoLeads(world: World): Promise<ReadonlyMap<NodeName, readonly Leads[]>> {
  const names = masterNames(world)
  const marathonLeader = marathonLeaderAddress(world, names)
  const rows = await Promise.all(
    names.map(async (name): Promise<readonly [NodeName, readonly Leads[]]> => {
      const [zookeeper, mesos, marathonAt] = await Promise.all([
        serverState(world, name),
        healthOf(world, name),
        marathonLeader,
      ])
      const marathonIsHere = marathonAt === world.nodes.get(name)?.address
      return [name, leadsOf(zookeeper.mode, mesos.standing, marathonIsHere)]
    }),
  )
  return new Map(rows)
}

/** What a master leads by what its services say; one that could not be asked is undefined, and leads nothing as far as is known. */
export function leadsOf(
  zookeeper: ServerState['mode'] | undefined,
  mesos: MasterHealth['standing'] | undefined,
  marathonIsHere: boolean,
): readonly Leads[] {
  const leads: Leads[] = []
  if (zookeeper === 'leader' || zookeeper === 'standalone') leads.push('zookeeper')
  if (marathonIsHere) leads.push('marathon')
  if (mesos === 'leading') leads.push('mesos')
  return leads
}

/** Any instance knows the leader; undefined where none answers, for Marathon may be restarting while masters are chosen. */
export async function marathonLeaderAddress(world: World, names: readonly NodeName[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      const { leader } = await marathonInfo(serviceOn(world, name, 'marathon'))
      if (leader) return leader.replace(/:\d+$/, '')
    } catch {
      // The next master's instance is asked; that none answers is a verdict of the check `no-deployments`, not of a ranking.
    }
  }
  return undefined
}
