// Compares the cluster with what it was when the plan was made: nothing that ran well before runs worse now.
import { few } from '../cluster/few.ts'
import { apps } from '../marathon/marathon.ts'
import { leadingMarathon } from '../survey/marathon.ts'
import { agentsSeen, nameOfAgent } from '../survey/mesos-leader.ts'
import type { Ask } from './checker.ts'

export const asBefore: Ask<'as-before'> = async ({ baseline }, world) => {
  const wanted = 'the same agents, no app worse than before, the same Marathon framework'
  const [{ agents }, { marathon, info }] = await Promise.all([agentsSeen(world), leadingMarathon(world)])
  const now = await apps(marathon)
  const worse: string[] = []
  const active = new Map(agents.filter(agent => agent.active).map(agent => [nameOfAgent(world, agent), agent.id]))
  for (const { node, id } of baseline.agents) {
    if (!active.has(node)) worse.push(`agent ${node} is gone`)
    else if (active.get(node) !== id) worse.push(`agent ${node} has another id`)
  }
  if (baseline.frameworkId !== info.frameworkId) worse.push(`Marathon's framework id is ${info.frameworkId ?? 'none'}`)
  const found = new Map(now.map(app => [app.id, app]))
  for (const before of baseline.apps) {
    const app = found.get(before.id)
    if (!app) worse.push(`app ${before.id} is gone`)
    else if (app.tasksRunning < before.running)
      worse.push(`app ${before.id} runs ${app.tasksRunning} of ${before.running}`)
    else if (app.tasksUnhealthy > before.unhealthy)
      worse.push(`app ${before.id} has ${app.tasksUnhealthy} unhealthy tasks`)
  }
  return worse.length === 0
    ? { well: true, saw: `agents: ${baseline.agents.length}, apps: ${baseline.apps.length}, as before`, wanted }
    : { well: false, saw: few(worse, '; '), wanted, remedy: 'look closer:  dcosctl status' }
}
