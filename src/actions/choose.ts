// Chooses the next lane of a rolling from what the cluster says now: masters by rank, agents as listed while enough of them are up.
import { alarming, isBack } from '../checks/away.ts'
import { few } from '../cluster/few.ts'
import { byRank, sayLeads } from '../cluster/ranks.ts'
import type { Choice, Choose } from '../engine/ports.ts'
import type { NodeName, Rolling } from '../plan/types.ts'
import type { Action, Check } from '../plan/vocabulary.ts'
import { whoLeads } from '../survey/leaders.ts'
import { agentsSeen, nameOfAgent } from '../survey/mesos-leader.ts'
import type { World } from '../world.ts'

export const choose: Choose<Action, Check, World> = (rolling, lanes, world) =>
  rolling.order === 'by-rank' ? byRankNow(lanes.waiting, world) : asListed(rolling, lanes, world)

async function byRankNow(waiting: readonly NodeName[], world: World): Promise<Choice> {
  const [only, ...others] = waiting
  if (only && others.length === 0) return theOnlyOne(only, world)
  const leads = await whoLeads(world)
  // Without it nobody's rank is known, and one that was just elected and has not recovered yet would look like a standby.
  if (![...leads.values()].some(what => what.includes('mesos'))) return { wait: 'no Mesos master leads now' }
  const ranked = byRank(waiting.map(name => ({ name, leads: leads.get(name) ?? [] })))
  const [next, ...later] = ranked
  if (!next) return { wait: 'nothing waits' }
  const rest =
    later.length > 0 ? `; ${later.map(({ name, leads: what }) => `${name} ${sayLeads(what)}`).join(', ')}` : ''
  return { start: next.name, because: `it ${sayLeads(next.leads)}${rest}` }
}

/** With one left there is nothing to rank. It may be ill itself, tried again after it stopped: its gates ask what has to be asked. */
async function theOnlyOne(node: NodeName, world: World): Promise<Choice> {
  const leads = await whoLeads(world).catch(() => undefined)
  const what = leads?.get(node)
  return { start: node, because: what ? `it ${sayLeads(what)}; no other is left` : 'no other is left' }
}

/** Counts the agents that are down for any other reason, too. */
async function asListed(
  { atMost, lanes }: Rolling<Action, Check>,
  { waiting, underWay }: { readonly waiting: readonly NodeName[]; readonly underWay: readonly NodeName[] },
  world: World,
): Promise<Choice> {
  const { agents } = await agentsSeen(world)
  const active = new Set(agents.filter(agent => agent.active).map(agent => nameOfAgent(world, agent)))
  // One whose lane has stopped is not asked for by any gate any more, and may have come back by itself.
  for (const node of active) isBack(world, node)
  const down = new Set(lanes.map(({ node }) => node).filter(node => !active.has(node) && !underWay.includes(node)))
  // One that is down already is mended by its own turn as well as by any other: it takes no further agent away.
  const next = waiting.find(node => down.has(node)) ?? waiting[0]
  if (!next) return { wait: 'nothing waits' }
  const late = alarming(world).filter(node => node !== next)
  if (late.length > 0) return { wait: `${few(late)} must come back first: Mesos is about to give it up` }
  const others = [...down].filter(node => node !== next)
  if (underWay.length + others.length >= atMost) {
    return {
      wait: `${few([...underWay, ...others])} ${underWay.length + others.length === 1 ? 'is' : 'are'} down, at most ${atMost} may be`,
    }
  }
  const because = down.has(next) ? 'it is down already' : 'it is the next one listed'
  return {
    start: next,
    because: `${because}; ${others.length === 0 ? 'no other agent is down' : `${few(others)} down`}`,
  }
}
