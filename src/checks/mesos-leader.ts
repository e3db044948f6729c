// Finds the master that really leads and reads its state.
import { type MesosState, masterHealth, masterState } from '../mesos/master.ts'
import { masterNames, serviceOn, type World } from '../world.ts'

/** @throws Error when no master leads with a recovered registry. */
export async function stateOfLeader(world: World): Promise<MesosState> {
  const names = masterNames(world)
  const healths = await Promise.allSettled(names.map(name => masterHealth(serviceOn(world, name, 'mesos'))))
  const leader = names.find((_name, index) => {
    const health = healths[index]
    return health?.status === 'fulfilled' && health.value.standing === 'leading'
  })
  if (!leader) throw new Error('no Mesos master leads with a recovered registry')
  return masterState(serviceOn(world, leader, 'mesos'))
}
