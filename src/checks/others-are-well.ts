// Asked before a master goes down: every other one serves, has recovered its registrar log, and the rest still is a quorum.

import { allServing } from './all-serving.ts'
import type { Ask } from './checker.ts'
import { registrarRecovered } from './registrar-recovered.ts'
import { zookeeperQuorum } from './zookeeper-quorum.ts'

/** All masters are asked, the one that goes down too: if it is ill already, it is not the time to take it down on top of something unknown. */
export const othersAreWell: Ask<'others-are-well'> = async ({ node, others }, world, signal) => {
  const wanted = 'every other master serving, in the quorum and recovered'
  const quorum = Math.floor((others.length + 1) / 2) + 1
  if (others.length > 0 && others.length < quorum) {
    return {
      well: false,
      saw: `without ${node} ${others.length} of ${others.length + 1} masters are left`,
      wanted: `a quorum of ${quorum} without ${node}`,
    }
  }
  const verdicts = await Promise.all([
    allServing({ ask: 'all-serving', masters: [node, ...others] }, world, signal),
    zookeeperQuorum({ ask: 'zookeeper-quorum', masters: [node, ...others] }, world, signal),
    registrarRecovered({ ask: 'registrar-recovered', masters: others }, world, signal),
  ])
  const wrong = verdicts.filter(({ well }) => !well)
  if (wrong.length === 0)
    return {
      well: true,
      saw: others.length === 0 ? 'there is no other master' : `${others.join(' and ')} well`,
      wanted,
    }
  return {
    well: false,
    saw: wrong.map(({ saw }) => saw).join('; '),
    wanted,
    remedy: `${node} was not touched; mend the others first:  dcosctl check`,
  }
}
