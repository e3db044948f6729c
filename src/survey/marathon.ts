// Finds the Marathon that leads: others answer some questions for themselves, and know less.
import { DcosctlError } from '../errors.ts'
import type { Service } from '../http.ts'
import { type MarathonInfo, marathonInfo } from '../marathon/marathon.ts'
import type { NodeName } from '../plan/types.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { sayRefusals } from './refusals.ts'

/** @throws DcosctlError REFUSED when no instance says that it leads. */
export async function leadingMarathon(
  world: World,
): Promise<{ readonly node: NodeName; readonly marathon: Service; readonly info: MarathonInfo }> {
  const answers = await Promise.allSettled(
    masterNames(world).map(async node => {
      const marathon = serviceOn(world, node, 'marathon')
      return { node, marathon, info: await marathonInfo(marathon) }
    }),
  )
  for (const answer of answers) if (answer.status === 'fulfilled' && answer.value.info.elected) return answer.value
  throw new DcosctlError('REFUSED', {
    what: `no Marathon leads${sayRefusals(answers)}`,
    state: 'Nothing was changed.',
    next: ['look at a master:  journalctl -u dcos-marathon'],
  })
}
