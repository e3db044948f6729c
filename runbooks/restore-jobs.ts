// Gives Metronome back the jobs and schedules of a backup, one job at a time. Pure; reads like the procedure.
import { few } from '../src/cluster/few.ts'
import type { Acceptance } from '../src/plan/types.ts'
import type { BackupSource, DcosPlan } from '../src/plan/vocabulary.ts'
import { stage, stages, step } from '../src/plan/words.ts'

/** A job, compared: what the backup says of it, and what Metronome has now. */
export interface ComparedJob {
  readonly id: string
  /** `missing`: only the backup has it; `surplus`: only Metronome has it. */
  readonly is: 'same' | 'missing' | 'differs' | 'surplus'
  /** Names of the fields and schedules that differ. */
  readonly fields: readonly string[]
  /** Digests of what there is of it now. */
  readonly was: readonly string[]
  /** Ids of its schedules by the backup that are enabled. */
  readonly runsBy: readonly string[]
}

export interface RestoreJobsOptions {
  readonly cluster: { readonly name: string; readonly id: string }
  readonly source: BackupSource
  readonly how: 'merge' | 'overwrite' | 'mirror'
  readonly accepted: readonly Acceptance[]
}

export function restoreJobs(all: readonly ComparedJob[], options: RestoreJobsOptions): DcosPlan {
  const { cluster, source, how, accepted } = options
  const put = all.filter(({ is }) => is === 'missing' || (is === 'differs' && how !== 'merge'))
  const removed = all.filter(({ is }) => is === 'surplus' && how === 'mirror')
  return {
    format: 1,
    runbook: 'restore-metronome',
    kind: 'changing',
    onFailure: 'pause',
    cluster,
    title: `Restore the jobs of Metronome on ${cluster.name} from ${source.backup} (${how})`,
    notes: preview(all, put, removed, how),
    accepted,
    stages: stages(
      stage(
        'jobs',
        'Give back jobs with their schedules',
        put.map(({ id, is, was }) =>
          step(id, `${is === 'missing' ? 'Create' : 'Set'} ${id}`, { do: 'put-job', id, source, was }),
        ),
      ),
      stage(
        'surplus',
        'Remove what the backup does not have',
        removed.map(({ id, was }) => step(id, `Remove ${id}`, { do: 'remove-job', id, was })),
      ),
    ),
  }
}

function preview(
  all: readonly ComparedJob[],
  put: readonly ComparedJob[],
  removed: readonly ComparedJob[],
  how: RestoreJobsOptions['how'],
): readonly string[] {
  const of = (is: ComparedJob['is']) => all.filter(job => job.is === is)
  const ids = (jobs: readonly ComparedJob[]) => few(jobs.map(({ id }) => id))
  const differs = of('differs').map(({ id, fields }) => `${id} (${fields.join(', ')})`)
  const line = (what: string, jobs: string): readonly string[] => (jobs === '' ? [] : [`${what}: ${jobs}.`])
  const scheduled = put.filter(({ runsBy }) => runsBy.length > 0)
  return [
    ...(put.length + removed.length === 0 ? ['There is nothing to do.'] : []),
    ...line('Created', ids(of('missing'))),
    ...line(how === 'merge' ? 'Differs, and stays as it is (--how overwrite sets it)' : 'Set', few(differs)),
    ...line(
      how === 'mirror' ? 'Removed' : 'Not in the backup, and stays (--how mirror removes it)',
      ids(of('surplus')),
    ),
    ...line('As in the backup', ids(of('same'))),
    ...line('Runs by its schedule again from then on', ids(scheduled)),
    ...(put.length > 0 ? ['Runs under way go on as they began; the history of runs is in no backup.'] : []),
  ]
}
