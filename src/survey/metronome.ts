// Finds the Metronome that leads: every other instance only passes questions on to it.
import type { Service } from '../http.ts'
import { leadsMetronome } from '../metronome/metronome.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { theOneThatLeads } from './the-one-that-leads.ts'

/** @throws DcosctlError REFUSED when no instance leads. */
export async function leadingMetronome(
  world: World,
): Promise<{ readonly node: NodeName; readonly metronome: Service }> {
  const asked = masterNames(world).map(async node => {
    const metronome = serviceOn(world, node, 'metronome')
    return { node, metronome, leads: await leadsMetronome(metronome) }
  })
  return theOneThatLeads(asked, {
    leads: ({ leads }) => leads,
    none: 'no Metronome leads',
    next: 'look at a master:  journalctl -u dcos-metronome',
  })
}
