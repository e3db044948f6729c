// Finds the Marathon that leads: others answer some questions for themselves, and know less.
import type { Service } from '../http.ts'
import { type MarathonInfo, marathonInfo } from '../marathon/marathon.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { theOneThatLeads } from './the-one-that-leads.ts'

/** @throws DcosctlError REFUSED when no instance says that it leads. */
export async function leadingMarathon(
  world: World,
): Promise<{ readonly node: NodeName; readonly marathon: Service; readonly info: MarathonInfo }> {
  const asked = masterNames(world).map(async node => {
    const marathon = serviceOn(world, node, 'marathon')
    return { node, marathon, info: await marathonInfo(marathon) }
  })
  return theOneThatLeads(asked, {
    leads: ({ info }) => info.elected,
    none: 'no Marathon leads',
    next: 'look at a master:  journalctl -u dcos-marathon',
  })
}
