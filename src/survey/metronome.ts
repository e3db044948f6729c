// Finds the Metronome that leads: every other instance only passes questions on to it.
import { DcosctlError } from '../errors.ts'
import type { Service } from '../http.ts'
import { leadsMetronome } from '../metronome/metronome.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { sayRefusals } from './refusals.ts'

/** @throws DcosctlError REFUSED when no instance leads. */
export async function leadingMetronome(
  world: World,
): Promise<{ readonly node: NodeName; readonly metronome: Service }> {
  const answers = await Promise.allSettled(
    masterNames(world).map(async node => {
      const metronome = serviceOn(world, node, 'metronome')
      return { node, metronome, leads: await leadsMetronome(metronome) }
    }),
  )
  for (const answer of answers) if (answer.status === 'fulfilled' && answer.value.leads) return answer.value
  throw new DcosctlError('REFUSED', {
    what: `no Metronome leads${sayRefusals(answers)}`,
    state: 'Nothing was changed.',
    next: ['look at a master:  journalctl -u dcos-metronome'],
  })
}
