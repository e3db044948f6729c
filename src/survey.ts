// Asks the cluster what it is: versions, who leads what, agents, apps. Reads only; all nodes at once.
import type { AgentFacts, Facts, Leads, MasterFacts } from './cluster/facts.ts'
import { compareNames } from './cluster/ranks.ts'
import { type NodeSaid, nodeScript, readNode } from './dcos/node.ts'
import { because, DcosctlError } from './errors.ts'
import { apps, marathonInfo } from './marathon/marathon.ts'
import { type MesosAgent, masterHealth, masterState } from './mesos/master.ts'
import { eachOf, nodesAtOnce } from './parallel.ts'
import type { NodeName } from './plan/types.ts'
import { masterNames, serviceOn, type World } from './world.ts'
import { serverState } from './zookeeper/session/four-letter.ts'
import { askServer } from './zookeeper-on.ts'

const scriptWithin = 30_000

/** @throws DcosctlError REFUSED when a master can't be asked or no master really leads: a plan needs all facts. */
export async function survey(world: World): Promise<Facts> {
  const leads = await whoLeads(world)
  const leader = [...leads].find(([, what]) => what.includes('mesos'))?.[0]
  if (!leader) {
    throw new DcosctlError('REFUSED', {
      what: 'No Mesos master leads with a recovered registry.',
      state: 'Nothing was changed.',
      next: ['look closer:  dcosctl check'],
    })
  }
  const [masters, agents, marathon] = await Promise.all([
    surveyMasters(world, leads),
    surveyAgents(world, leader),
    surveyMarathon(world, leader),
  ])
  return { cluster: world.file.cluster, masters, agents, marathon }
}

/** What each master leads. A master that can't be asked is an error: its rank is not known. */
export async function whoLeads(world: World): Promise<ReadonlyMap<NodeName, readonly Leads[]>> {
  const names = masterNames(world)
  const marathonLeader = marathonLeaderAddress(world, names)
  const rows = await Promise.all(
    names.map(async (name): Promise<readonly [NodeName, readonly Leads[]]> => {
      const [zookeeper, mesos, marathonAt] = await Promise.all([
        askServer(world, name).then(serverState),
        masterHealth(serviceOn(world, name, 'mesos')),
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
async function marathonLeaderAddress(world: World, names: readonly NodeName[]): Promise<string | undefined> {
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

async function surveyMasters(
  world: World,
  leads: ReadonlyMap<NodeName, readonly Leads[]>,
): Promise<readonly MasterFacts[]> {
  return Promise.all(
    world.file.masters.map(async ({ name, address }): Promise<MasterFacts> => {
      const { version } = await nodeSays(world, name)
      return { name, address, role: 'master', version, leads: leads.get(name) ?? [] }
    }),
  )
}

async function surveyAgents(world: World, leader: NodeName): Promise<readonly AgentFacts[]> {
  const { agents } = await masterState(serviceOn(world, leader, 'mesos'))
  const named = agents.map(agent => ({ ...agent, name: nameOfAgent(world, agent) }))
  world.learn(named)
  const facts = await eachOf(named, nodesAtOnce, async ({ name, address, id, active }): Promise<AgentFacts> => {
    const version = await versionOfAgent(world, name)
    return { name, address, role: 'agent', id, active, version }
  })
  return facts.toSorted((a, b) => compareNames(a.name, b.name))
}

/** An agent that can't be asked has no known version; the check `one-version` says why, a survey of ten thousand does not end there. */
async function versionOfAgent(world: World, name: NodeName): Promise<string | undefined> {
  try {
    return (await nodeSays(world, name)).version
  } catch {
    return undefined
  }
}

/** The cluster file's name for an agent, else what Mesos calls its host. */
export function nameOfAgent({ file }: Pick<World, 'file'>, { address, hostname }: MesosAgent): NodeName {
  return file.nodes[address]?.name ?? hostname
}

async function surveyMarathon(world: World, node: NodeName): Promise<Facts['marathon']> {
  const marathon = serviceOn(world, node, 'marathon')
  const [{ frameworkId }, found] = await Promise.all([marathonInfo(marathon), apps(marathon)])
  return {
    frameworkId,
    apps: found
      .map(({ id, instances, tasksRunning, tasksUnhealthy }) => ({
        id,
        instances,
        running: tasksRunning,
        unhealthy: tasksUnhealthy,
      }))
      .toSorted((a, b) => a.id.localeCompare(b.id)),
  }
}

/** @throws DcosctlError REFUSED naming the node when the script can't be run there. */
export async function nodeSays({ hosts }: Pick<World, 'hosts'>, name: NodeName): Promise<NodeSaid> {
  const host = await hosts.host(name)
  const ran = await host.run(nodeScript, { as: 'root', within: scriptWithin })
  if (ran.exit !== 0) {
    throw new DcosctlError('REFUSED', {
      what: `${name} can't say what it is: ${because(ran.stderr.trim())}.`,
      state: 'Nothing was changed.',
    })
  }
  return readNode(ran.stdout)
}
