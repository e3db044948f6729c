// Finds the master that really leads and reads its list of agents, once for all who ask within two seconds.
import { type MesosAgent, registeredAgents } from '../mesos/master.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { healthOf } from './master-health.ts'
import { theOneThatLeads } from './the-one-that-leads.ts'

/** What the leading master knows of agents. */
interface AgentsSeen {
  /** Registered now, active or not. */
  readonly agents: readonly MesosAgent[]
  /** How many it has given up for now. */
  readonly unreachable: number
}

/** @throws DcosctlError REFUSED when no master leads with a recovered registry. */
export async function agentsSeen(world: World): Promise<AgentsSeen> {
  const leader = await leadingMaster(world)
  const [agents, { unreachable }] = await Promise.all([listOf(world, leader), healthOf(world, leader)])
  return { agents, unreachable }
}

interface Answer {
  readonly askedAt: number
  readonly agents: Promise<readonly MesosAgent[]>
  underWay: boolean
}

/** Milliseconds. Every lane of a rolling polls this list, and with ten thousand agents it is long. */
const goodFor = 2000

const answers = new WeakMap<World['hosts'], Map<NodeName, Answer>>()

/** An answer under way is shared too: where it takes longer than it is good for, questions would pile up on the master. */
function listOf(world: World, leader: NodeName): Promise<readonly MesosAgent[]> {
  const known = answers.get(world.hosts) ?? new Map<NodeName, Answer>()
  answers.set(world.hosts, known)
  const last = known.get(leader)
  if (last && (last.underWay || performance.now() - last.askedAt < goodFor)) return last.agents
  const agents = registeredAgents(serviceOn(world, leader, 'mesos'))
  const answer: Answer = { askedAt: performance.now(), agents, underWay: true }
  known.set(leader, answer)
  const had = () => {
    answer.underWay = false
  }
  agents.then(had, () => known.delete(leader)) // A failure is not kept: the next one asks anew.
  return agents
}

/** @throws DcosctlError REFUSED when no master leads with a recovered registry. */
export async function leadingMaster(world: World): Promise<NodeName> {
  const asked = masterNames(world).map(async name => ({ name, health: await healthOf(world, name) }))
  const { name } = await theOneThatLeads(asked, {
    leads: ({ health }) => health.standing === 'leading',
    none: 'no Mesos master leads with a recovered registry',
    next: 'look closer:  dcosctl check',
  })
  return name
}

export interface NamedAgent extends MesosAgent {
  readonly name: NodeName
}

/** The agents that the leading master lists, by the operator's names; the world can reach them from now on. */
export async function discoverAgents(world: World): Promise<readonly NamedAgent[]> {
  const { agents } = await agentsSeen(world)
  const named = agents.map(agent => ({ ...agent, name: nameOfAgent(world, agent) }))
  world.learn(named)
  return named
}

/** The cluster file's name for an agent, else what Mesos calls its host. */
export function nameOfAgent({ file }: Pick<World, 'file'>, { address, hostname }: MesosAgent): NodeName {
  return file.nodes[address]?.name ?? hostname
}
