// Plans the restore of Metronome's jobs: the backup's definitions compared with the living ones.
import { type ComparedJob, restoreJobs } from '../../../runbooks/restore-jobs.ts'
import { jobsOf } from '../../actions/restore/wanted.ts'
import { jobDifferences, pieces, schedulesOf } from '../../metronome/definition.ts'
import { allJobs, type Job } from '../../metronome/metronome.ts'
import { leadingMetronome } from '../../survey/metronome.ts'
import { onlyInPlace } from './only-in-place.ts'
import { pinnedNamed } from './pinned.ts'
import type { Planner } from './planners.ts'

export const planMetronome: Planner = async (world, backup, options) => {
  onlyInPlace(options)
  const { where: store } = await world.store()
  const source = pinnedNamed(store, backup, 'metronome/jobs.json', options)
  const then = await jobsOf(world, source)
  const { metronome } = await leadingMetronome(world)
  const now = await allJobs(metronome)
  const { how, accepted } = options
  return restoreJobs(compared(then, now), { cluster: world.file.cluster, source, how, accepted })
}

function compared(then: readonly Job[], now: readonly Job[]): readonly ComparedJob[] {
  const living = new Map(now.map(job => [job.id, job]))
  const wanted = new Set(then.map(({ id }) => id))
  const surplus = now.filter(({ id }) => !wanted.has(id))
  return [
    ...then.map(job => compare(job, living.get(job.id))),
    ...surplus.map(job => ({ id: job.id, is: 'surplus' as const, fields: [], was: pieces(job), runsBy: [] })),
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function compare(job: Job, now: Job | undefined): ComparedJob {
  const enabled = [...schedulesOf(job)].filter(([, schedule]) => schedule.enabled !== false).map(([id]) => id)
  if (!now) return { id: job.id, is: 'missing', fields: [], was: [], runsBy: enabled }
  const fields = jobDifferences(job, now)
  return { id: job.id, is: fields.length === 0 ? 'same' : 'differs', fields, was: pieces(now), runsBy: enabled }
}
