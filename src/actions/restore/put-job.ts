// Gives a job of Metronome, and its schedules, the definition that a backup has of it.
import type { Performer } from '../../engine/ports.ts'
import { isOnTheWay, jobDifferences, sameSchedule, sameSpec, schedulesOf, specOf } from '../../metronome/definition.ts'
import { change, type Job, oneJob } from '../../metronome/metronome.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { leadingMetronome } from '../../survey/metronome.ts'
import type { World } from '../../world.ts'
import { wantedJob } from './wanted.ts'

type PutJob = Extract<Action, { do: 'put-job' }>

export const putJob: Performer<PutJob, World> = {
  async look({ id, source, was }, world) {
    const { metronome } = await leadingMetronome(world)
    const [wanted, living] = [await wantedJob(world, source, id), await oneJob(metronome, id)]
    if (!living) return was.length === 0 ? 'absent' : { unclear: `${id} was there when the plan was made, and is gone` }
    if (jobDifferences(wanted, living).length === 0) return 'in-place'
    return isOnTheWay(living, wanted, was) ? 'absent' : { unclear: jobChanged(id) }
  },

  async perform({ id, source }, world, { signal }) {
    const { metronome } = await leadingMetronome(world)
    const wanted = await wantedJob(world, source, id)
    const living = await oneJob(metronome, id)
    signal.throwIfAborted()
    if (!living) await change(metronome, 'POST', '/v1/jobs', specOf(wanted))
    else if (!sameSpec(wanted, living)) await change(metronome, 'PUT', jobPath(id), specOf(wanted))
    await putSchedules(wanted, living, (method, schedule, body) => {
      signal.throwIfAborted()
      return change(metronome, method, `${jobPath(id)}/schedules${schedule}`, body)
    })
    const now = await oneJob(metronome, id)
    const differs = now ? jobDifferences(wanted, now) : ['it is not there']
    if (differs.length > 0) throw new Error(`Metronome has ${id} otherwise than the backup: ${differs.join(', ')}`)
    return `${id} is as in the backup, schedules: ${wanted.schedules.length}`
  },
}

export const jobChanged = (id: string): string =>
  `${id} is not what it was when the plan was made: somebody changed it since. Plan anew to see how it differs`

const jobPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`

type Send = (method: 'POST' | 'PUT' | 'DELETE', schedule: string, body?: object) => Promise<void>

/** Those that are too many go first: Metronome takes one schedule per job (dcos/metronome JobScheduleController). */
async function putSchedules(wanted: Job, living: Job | undefined, send: Send): Promise<void> {
  const before: ReturnType<typeof schedulesOf> = living ? schedulesOf(living) : new Map()
  const after = schedulesOf(wanted)
  const named = (id: string) => `/${encodeURIComponent(id)}`
  for (const id of before.keys()) if (!after.has(id)) await send('DELETE', named(id))
  for (const [id, schedule] of after) {
    if (!before.has(id)) await send('POST', '', schedule)
    else if (!sameSchedule(schedule, before.get(id))) await send('PUT', named(id), schedule)
  }
}
