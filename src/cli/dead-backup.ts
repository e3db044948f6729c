// Ends backups of this workstation whose process died while they had a service stopped: nobody resumes a backup, and its claim would keep all others out.
import { listRuns, runsFolder } from '../engine/runs.ts'
import { because } from '../errors.ts'
import type { World } from '../world.ts'
import { Claimed } from '../zookeeper/claim/errors.ts'
import { abandonRun } from './go-on-with-run.ts'

/** Brings back what they left down and releases the cluster. One that can't be ended stays, and whoever wants the cluster is told of it. */
export async function endDeadBackups(world: World): Promise<void> {
  const runs = await listRuns(runsFolder(process.env, world.file.cluster.name))
  for (const listed of runs) {
    if (!('state' in listed)) continue
    const { run, state } = listed
    const { plan, status } = state
    if (plan.kind !== 'changing' || plan.onFailure !== 'end' || status.is !== 'running') continue
    try {
      await abandonRun(world, run, 'its process died, and nobody resumes a backup', { quiet: true })
    } catch (error) {
      if (error instanceof Claimed) continue // Its process lives.
      process.emitWarning(`Backup ${run} died and could not be ended: ${because(error)}`)
    }
  }
}
