// Who plans which kind of restore. A kind without a planner does not compile.
import { DcosctlError } from '../../errors.ts'
import type { DcosPlan } from '../../plan/vocabulary.ts'
import type { Manifest } from '../../store/manifest.ts'
import type { World } from '../../world.ts'
import type { Only, RestoreOptions } from './options.ts'
import { planReplicatedLog } from './replicated-log/plan-replicated-log.ts'
import { planZookeeper } from './zookeeper/plan-zookeeper.ts'

/** Surveys, reads the backup and makes the plan; its notes are the preview. Changes nothing. @throws DcosctlError USAGE or REFUSED */
export type Planner = (world: World, backup: Manifest, options: RestoreOptions, by: string) => Promise<DcosPlan>

const notYet: Planner = async (_world, _backup, { only }) => {
  throw new DcosctlError('REFUSED', { what: `Restoring ${only.what} is not built yet.`, state: 'Nothing was changed.' })
}

export const planners: { readonly [W in Only['what']]: Planner } = {
  zookeeper: planZookeeper,
  path: notYet,
  'replicated-log': planReplicatedLog,
  marathon: notYet,
  metronome: notYet,
}
