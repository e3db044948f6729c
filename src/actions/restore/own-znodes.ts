// dcosctl's own znodes in an image: the claim of the run that restores, so that nobody can begin anything on the restored ensemble before it has ended.
import { claimsOn } from '../../disk-claim/judge.ts'
import { lookAtDisks } from '../../disk-claim/look.ts'
import type { StepContext } from '../../engine/ports.ts'
import type { World } from '../../world.ts'
import { type ClaimNode, counterBytes, paths, toBytes } from '../../zookeeper/claim/format.ts'
import type { OwnZnode } from '../../zookeeper/files/image.ts'

/** As it stands on the masters' disks. @throws Error where it does not */
export async function ownZnodes(world: World, { run }: Pick<StepContext, 'run'>): Promise<readonly OwnZnode[]> {
  const held = claimsOn(await lookAtDisks(world)).find(({ node }) => node.run === run)
  if (!held) throw new Error(`no master holds the claim of run ${run} on its disk`)
  const { format, cluster, runbook, who, since, token } = held.node
  const claim: ClaimNode = { format, cluster, run, runbook, who, since, state: 'running', token }
  return [
    { path: paths.root, data: Buffer.alloc(0), children: 3 },
    { path: paths.token, data: counterBytes(token), children: 0 },
    { path: paths.claim, data: toBytes(claim), children: 0 },
    { path: paths.reading, data: Buffer.alloc(0), children: 0 },
  ]
}
