// An agent is back: registered with the leading master, active, under the id it had. Counts down to where Mesos gives it up.
import { agentsSeen, nameOfAgent } from '../survey/mesos-leader.ts'
import { isBack, sayAway } from './away.ts'
import type { Ask } from './checker.ts'

export const agentRegistered: Ask<'agent-registered'> = async ({ node, id }, world) => {
  const wanted = 'active in Mesos under its id'
  const { agents } = await agentsSeen(world)
  const found = agents.find(agent => nameOfAgent(world, agent) === node)
  if (!found?.active) {
    return {
      well: false,
      saw: `it is ${found ? 'registered but not active' : 'not registered'} (${sayAway(world, node)})`,
      wanted,
      remedy: `look at ${node}:  journalctl -u dcos-mesos-slave`,
    }
  }
  isBack(world, node)
  if (found.id === id) return { well: true, saw: `active, ${id}`, wanted }
  return {
    well: false,
    saw: `it is active, but as ${found.id}: it lost its identity, and its tasks`,
    wanted,
    remedy: "if that is accepted:  dcosctl run resume --override GATE --reason '…'",
  }
}
