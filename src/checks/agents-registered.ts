// Every agent of the inventory is registered with the leading master and active.
import { nameOfAgent } from '../survey.ts'
import type { Ask } from './checker.ts'
import { stateOfLeader } from './mesos-leader.ts'

export const agentsRegistered: Ask<'agents-registered'> = async ({ wanted: names }, world) => {
  const { agents, unreachable } = await stateOfLeader(world)
  const active = new Set(agents.filter(agent => agent.active).map(agent => nameOfAgent(world, agent)))
  const missing = names.filter(name => !active.has(name))
  const wanted = `${names.length} active`
  if (missing.length === 0 && unreachable === 0) return { well: true, saw: `${active.size} active`, wanted }
  const said =
    missing.length > 0
      ? [`${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''} not active`]
      : []
  if (unreachable > 0) said.push(`${unreachable} unreachable`)
  return { well: false, saw: said.join('; '), wanted, remedy: 'look at the agent:  journalctl -u dcos-mesos-slave' }
}
