// Removes a job of Metronome that the backup does not have. One with a run under way stays: nobody's run is ended for it.
import type { Performer } from '../../engine/ports.ts'
import { isOnTheWay } from '../../metronome/definition.ts'
import { change, oneJob } from '../../metronome/metronome.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { leadingMetronome } from '../../survey/metronome.ts'
import type { World } from '../../world.ts'
import { jobChanged } from './put-job.ts'

export const removeJob: Performer<Extract<Action, { do: 'remove-job' }>, World> = {
  async look({ id, was }, world) {
    const { metronome } = await leadingMetronome(world)
    const living = await oneJob(metronome, id)
    if (!living) return 'in-place'
    return isOnTheWay(living, undefined, was) ? 'absent' : { unclear: jobChanged(id) }
  },

  async perform({ id }, world) {
    const { metronome } = await leadingMetronome(world)
    await change(metronome, 'DELETE', `/v1/jobs/${encodeURIComponent(id)}`)
    if (await oneJob(metronome, id)) throw new Error(`${id} is still there after it was removed`)
    return `${id} is removed`
  },
}
