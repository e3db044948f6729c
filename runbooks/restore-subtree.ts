// Restores a subtree of ZooKeeper through its API while the ensemble serves. Pure.
import type { Acceptance, NodeName, Patience } from '../src/plan/types.ts'
import type { DcosPlan, Subtree } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { zookeeperQuorum } from './gates.ts'

export interface SubtreeFacts {
  readonly cluster: DcosPlan['cluster']
  readonly masters: readonly NodeName[]
}

export function restoreSubtree(
  { cluster, masters }: SubtreeFacts,
  subtree: Subtree,
  preview: readonly string[],
  accepted: readonly Acceptance[],
  patience: Patience,
): DcosPlan {
  const { path, into, source } = subtree
  const what = into === path ? path : `${path} into ${into}`
  return {
    format: 1,
    runbook: 'restore',
    kind: 'changing',
    onFailure: 'pause',
    cluster,
    title: `Restore ${what} of ${cluster.name} from ${source.backup}`,
    notes: preview,
    accepted,
    stages: stages(
      stage('preflight', 'See that ZooKeeper can be written', [zookeeperQuorum(masters, patience)]),
      stage('subtree', 'Restore the subtree', [
        step('restore', `Restore ${what}`, { do: 'restore-subtree', ...subtree }),
        gate('as-backup', `${into} is as the backup says`, { ask: 'subtree-as-backup', ...subtree }, patience),
      ]),
    ),
  }
}
