// Who plans which kind of restore. A kind without a planner does not compile.
import type { DcosPlan } from '../../plan/vocabulary.ts'
import type { Manifest } from '../../store/manifest.ts'
import type { World } from '../../world.ts'
import type { Only, RestoreOptions } from './options.ts'
import { planMarathon } from './plan-marathon.ts'
import { planMetronome } from './plan-metronome.ts'
import { planSubtree } from './plan-subtree.ts'
import { planReplicatedLog } from './replicated-log/plan-replicated-log.ts'
import { planZookeeper } from './zookeeper/plan-zookeeper.ts'

/** Surveys, reads the backup and makes the plan; its notes are the preview. Changes nothing. @throws DcosctlError USAGE or REFUSED */
export type Planner = (world: World, backup: Manifest, options: RestoreOptions, by: string) => Promise<DcosPlan>

export const planners: { readonly [W in Only['what']]: Planner } = {
  zookeeper: planZookeeper,
  path: planSubtree,
  'replicated-log': planReplicatedLog,
  marathon: planMarathon,
  metronome: planMetronome,
}
