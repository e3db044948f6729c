// Asks every master what it leads.
import type { Leads } from '../cluster/facts.ts'
import { marathonInfo } from '../marathon/marathon.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
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
      const leads: Leads[] = []
      if (zookeeper.mode === 'leader' || zookeeper.mode === 'standalone') leads.push('zookeeper')
      if (marathonAt === world.nodes.get(name)?.address) leads.push('marathon')
      if (mesos.standing === 'leading') leads.push('mesos')
      return [name, leads]
    }),
  )
  return new Map(rows)
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
