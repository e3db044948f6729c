// The health checks that `dcosctl check` asks: side by side, each with its own time limit; none can bring the others down.

import { ask } from '../checks/ask.ts'
import { checkers } from '../checks/index.ts'
import { DcosctlError } from '../errors.ts'
import { nodesAtOnce } from '../parallel.ts'
import type { Verdict } from '../plan/types.ts'
import type { Check } from '../plan/vocabulary.ts'
import { discoverAgents } from '../survey/mesos-leader.ts'
import { masterNames, type World } from '../world.ts'

export interface Asked extends Verdict {
  readonly id: Check['ask']
  readonly title: string
  readonly seconds: number
}

/** Milliseconds for one check as a whole: a minute, and three seconds for each batch of nodes that are asked side by side. */
export const checkWithin = (nodes: number): number => 60_000 + Math.floor(nodes / nodesAtOnce) * 3_000

const titles = {
  'all-serving': 'Exhibitor: every master serves',
  'zookeeper-quorum': 'ZooKeeper: quorum',
  'one-mesos-leader': 'Mesos: one master really leads',
  'registrar-recovered': 'Mesos: registrar logs recovered',
  'agents-registered': 'Mesos: every agent is active',
  'no-deployments': 'Marathon: no deployment under way',
  'one-version': 'DC/OS: one version on all nodes',
} as const

export type HealthCheck = keyof typeof titles
const healthCheckNames: readonly HealthCheck[] = [
  'all-serving',
  'zookeeper-quorum',
  'one-mesos-leader',
  'registrar-recovered',
  'agents-registered',
  'no-deployments',
  'one-version',
]

/** Asks those named, in this order. `monotonic` in milliseconds. */
export async function askHealth(
  world: World,
  names: readonly HealthCheck[],
  monotonic: () => number,
): Promise<readonly Asked[]> {
  const masters = masterNames(world)
  const agents = await discoverAgents(world).then(
    found => found.map(({ name }) => name),
    // That no master leads is the verdict of other checks; this one then asks the masters alone.
    () => [],
  )
  const checks: { readonly [N in HealthCheck]: Extract<Check, { ask: N }> } = {
    'all-serving': { ask: 'all-serving', masters },
    'zookeeper-quorum': { ask: 'zookeeper-quorum', masters },
    'one-mesos-leader': { ask: 'one-mesos-leader', masters },
    'registrar-recovered': { ask: 'registrar-recovered', masters },
    'agents-registered': { ask: 'agents-registered', wanted: 'all-known' },
    'no-deployments': { ask: 'no-deployments' },
    'one-version': { ask: 'one-version', nodes: [...masters, ...agents] },
  }
  return Promise.all(
    names.map(async (id): Promise<Asked> => {
      const began = monotonic()
      const check = checks[id]
      const within = checkWithin('nodes' in check ? check.nodes.length : masters.length)
      const verdict = await ask(checkers, check, world, AbortSignal.timeout(within))
      return { id, title: titles[id], seconds: Math.round(monotonic() - began) / 1000, ...verdict }
    }),
  )
}

/** All of them, or the one that was named. @throws DcosctlError USAGE for a name that is none. */
export function chosenChecks(name: string | undefined): readonly HealthCheck[] {
  if (name === undefined) return healthCheckNames
  const chosen = healthCheckNames.filter(each => each === name)
  if (chosen.length > 0) return chosen
  throw new DcosctlError('USAGE', {
    what: `There is no check named ${name}.`,
    state: 'Nothing was touched.',
    next: [`name one of: ${healthCheckNames.join(', ')}`],
  })
}
