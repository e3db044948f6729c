// Every agent of the inventory is registered with the leading master and active.
import { few } from '../cluster/few.ts'
import type { NodeName } from '../plan/types.ts'
import { agentsSeen, nameOfAgent } from '../survey/mesos-leader.ts'
import type { Ask } from './checker.ts'

export const agentsRegistered: Ask<'agents-registered'> = async ({ wanted: asked }, world) => {
  const { agents, unreachable } = await agentsSeen(world)
  const named = agents.map(agent => ({ name: nameOfAgent(world, agent), active: agent.active }))
  const active = new Set(named.filter(agent => agent.active).map(({ name }) => name))
  const names: readonly NodeName[] =
    asked === 'all-known' ? [...new Set([...pinned(world.file.nodes), ...named.map(({ name }) => name)])] : asked
  const missing = names.filter(name => !active.has(name))
  const wanted = `${names.length} active`
  if (missing.length === 0 && unreachable === 0) return { well: true, saw: `${active.size} active`, wanted }
  const said = missing.length > 0 ? [`${few(missing)} not active`] : []
  if (unreachable > 0) said.push(`${unreachable} unreachable`)
  return { well: false, saw: said.join('; '), wanted, remedy: 'look at the agent:  journalctl -u dcos-mesos-slave' }
}

/** Agents that the cluster file names; those it only says how to dial are known by what Mesos calls them. */
const pinned = (nodes: { readonly [address: string]: { readonly name?: string | undefined } }): readonly NodeName[] =>
  Object.values(nodes).flatMap(({ name }) => (name === undefined ? [] : [name]))
