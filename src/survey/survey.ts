// Asks the cluster what it is: versions, who leads what, agents, apps. Reads only; all nodes at once.
import type { AgentFacts, Facts, Leads, MasterFacts } from '../cluster/facts.ts'
import { compareNames } from '../cluster/ranks.ts'
import { apps } from '../marathon/marathon.ts'
import { eachOf, nodesAtOnce } from '../parallel.ts'
import type { NodeName } from '../plan/types.ts'
import type { World } from '../world.ts'
import { surveyHoldings } from './holdings.ts'
import { whoLeads } from './leaders.ts'
import { leadingMarathon } from './marathon.ts'
import { discoverAgents } from './mesos-leader.ts'
import { nodeSays } from './node.ts'
import { NobodyLeads } from './the-one-that-leads.ts'

/** @throws DcosctlError REFUSED when a master can't be asked, NobodyLeads when no master really leads: a plan needs all facts. */
export async function survey(world: World): Promise<Facts> {
  const leads = await whoLeads(world)
  if (![...leads.values()].some(what => what.includes('mesos'))) {
    throw new NobodyLeads('No Mesos master leads with a recovered registry.', 'look closer:  dcosctl check')
  }
  const [masters, agents, marathon, holds] = await Promise.all([
    surveyMasters(world, leads),
    surveyAgents(world),
    surveyMarathon(world),
    surveyHoldings(world, leads),
  ])
  return { cluster: world.file.cluster, masters, agents, marathon, holds }
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

async function surveyAgents(world: World): Promise<readonly AgentFacts[]> {
  const named = await discoverAgents(world)
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

async function surveyMarathon(world: World): Promise<Facts['marathon']> {
  const { marathon, info } = await leadingMarathon(world)
  const found = await apps(marathon)
  return {
    frameworkId: info.frameworkId,
    apps: found
      .map(({ id, instances, tasksRunning: running, tasksUnhealthy: unhealthy }) => ({
        id,
        instances,
        running,
        unhealthy,
      }))
      .toSorted((a, b) => a.id.localeCompare(b.id)),
  }
}
