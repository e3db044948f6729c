// An agent is back: registered with the leading master, active, under the id it had. Counts down to where Mesos gives it up.
import { parseDuration, sayDuration } from '../config/duration.ts'
import { nameOfAgent, stateOfLeader } from '../survey/mesos-leader.ts'
import type { Ask } from './checker.ts'

export const agentRegistered: Ask<'agent-registered'> = async ({ node, id }, world) => {
  const limit = parseDuration(world.file.thresholds.agentUnreachableAfter) ?? 300
  const wanted = `active in Mesos as ${id}`
  const { agents } = await stateOfLeader(world)
  const found = agents.find(agent => nameOfAgent(world, agent) === node)
  if (found?.active && found.id === id) return { well: true, saw: `active as ${id}`, wanted }
  if (found?.active) {
    return {
      well: false,
      saw: `active, but as ${found.id}: its tasks are gone`,
      wanted,
      remedy: 'a person must say that this is accepted: --override with a reason',
    }
  }
  return {
    well: false,
    saw: found ? 'registered but not active' : 'not registered',
    wanted,
    remedy: `Mesos gives it up ${sayDuration(limit)} after it went away; look at it:  journalctl -u dcos-mesos-slave`,
  }
}
