// Finds the master that really leads and reads its state; agents are discovered there.
import { DcosctlError } from '../errors.ts'
import { type MesosAgent, type MesosState, masterState } from '../mesos/master.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { healthOf } from './master-health.ts'
import { sayRefusals } from './refusals.ts'

/** @throws DcosctlError REFUSED when no master leads with a recovered registry. */
export async function stateOfLeader(world: World): Promise<MesosState> {
  return masterState(serviceOn(world, await leadingMaster(world), 'mesos'))
}

/** @throws DcosctlError REFUSED when no master leads with a recovered registry. */
export async function leadingMaster(world: World): Promise<NodeName> {
  const names = masterNames(world)
  const healths = await Promise.allSettled(names.map(name => healthOf(world, name)))
  const leader = names.find((_name, index) => {
    const health = healths[index]
    return health?.status === 'fulfilled' && health.value.standing === 'leading'
  })
  if (!leader) {
    throw new DcosctlError('REFUSED', {
      what: `no Mesos master leads with a recovered registry${sayRefusals(healths)}`,
      state: 'Nothing was changed.',
      next: ['look closer:  dcosctl check'],
    })
  }
  return leader
}

export interface NamedAgent extends MesosAgent {
  readonly name: NodeName
}

/** The agents that the leading master lists, by the operator's names; the world can reach them from now on. */
export async function discoverAgents(world: World): Promise<readonly NamedAgent[]> {
  const { agents } = await stateOfLeader(world)
  const named = agents.map(agent => ({ ...agent, name: nameOfAgent(world, agent) }))
  world.learn(named)
  return named
}

/** The cluster file's name for an agent, else what Mesos calls its host. */
export function nameOfAgent({ file }: Pick<World, 'file'>, { address, hostname }: MesosAgent): NodeName {
  return file.nodes[address]?.name ?? hostname
}
