// Makes the plan of a restore from the command line, or takes the one that was saved, if it still is what would be planned now.
import { readPlanFile } from '../../config/plan-file.ts'
import { DcosctlError } from '../../errors.ts'
import type { DcosPlan } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { readableBackup } from '../named-backup.ts'
import { sameCluster } from '../plans.ts'
import { whoami } from '../whoami.ts'
import { type How, parseAt, parseOnly } from './options.ts'
import { planners } from './planners.ts'
import { madeAnew, stillFits } from './saved.ts'

export interface RestoreFlags {
  readonly only?: string | undefined
  readonly at?: string | undefined
  readonly into?: string | undefined
  readonly how: How
  readonly node?: string | undefined
  readonly identity?: string | undefined
  readonly accept?: readonly string[] | undefined
  readonly reason?: string | undefined
}

/** @throws DcosctlError USAGE, REFUSED, UNWELL; nothing is changed. */
export async function planRestore(world: World, named: string, flags: RestoreFlags): Promise<DcosPlan> {
  if (named.endsWith('.json')) {
    const saved = await readPlanFile(named)
    sameCluster(saved, world.file.cluster)
    const made = await madeAnew(world, saved)
    if (made) stillFits(saved, made, named)
    return saved
  }
  if (flags.only === undefined) {
    throw new DcosctlError('USAGE', {
      what: 'What is to be restored must be said.',
      state: 'Nothing was touched.',
      next: [
        `see what the backup holds:  dcosctl backup show ${named}`,
        `then, for example:  dcosctl restore ${named} --only path:/marathon --plan`,
      ],
    })
  }
  const only = parseOnly(flags.only)
  const at = flags.at === undefined ? undefined : parseAt(flags.at)
  const { user } = whoami()
  const { reason = '' } = flags
  const accepted = (flags.accept ?? []).map(what => ({ what, by: user, reason }))
  const backup = await readableBackup(await world.store(), world.file.cluster, named)
  const { into, how, node, identity } = flags
  return planners[only.what](world, backup, { only, at, into, how, node, identity, accepted }, user)
}
