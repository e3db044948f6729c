// Removes the backups that no rule keeps, and what killed runs left behind. Asks and changes the store alone. Pure.
import type { DcosPlan, RetentionRules } from '../src/plan/vocabulary.ts'
import { stage, stages, step } from '../src/plan/words.ts'

export interface PruneOptions {
  readonly cluster: { readonly name: string; readonly id: string }
  /** For people: `s3://bucket/prefix` or a path. */
  readonly store: string
  readonly rules: RetentionRules
  /** Oldest first, so that a prune that is cut short has removed the oldest. */
  readonly remove: readonly { readonly backup: string; readonly because: string }[]
  readonly leftovers: readonly { readonly backup: string; readonly what: string }[]
  /** Keys of unfinished uploads beside whole backups. */
  readonly uploads: readonly string[]
  /** Seconds. */
  readonly leftoversAfter: number
  /** What is left alone and why, what stays of what is removed. */
  readonly notes: readonly string[]
}

export function prune(options: PruneOptions): DcosPlan {
  const { cluster, store, rules, remove, leftovers, uploads, leftoversAfter: olderThan, notes } = options
  return {
    format: 1,
    runbook: 'prune',
    kind: 'reading',
    onFailure: 'end',
    cluster,
    title: `Prune the backups of ${cluster.name} in ${store}`,
    notes,
    accepted: [],
    stages: stages(
      stage(
        'remove',
        'Remove the backups that no rule keeps',
        remove.map(({ backup, because }) =>
          step(backup, `Remove ${backup}`, { do: 'remove-backup', store, backup, rules, because }),
        ),
      ),
      stage('clear', 'Remove what killed runs left', [
        ...leftovers.map(({ backup, what }) =>
          step(backup, `Remove the rest of ${backup}: ${what}`, { do: 'remove-leftover', store, backup, olderThan }),
        ),
        ...(uploads.length === 0
          ? []
          : [
              step('uploads', 'Take back unfinished uploads', {
                do: 'discard-uploads',
                store,
                keys: uploads,
                olderThan,
              }),
            ]),
      ]),
    ),
  }
}
