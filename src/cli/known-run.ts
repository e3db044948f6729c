// Finds the run that a command is about: the one that was named, else the latest that is not ended.
import { DamagedJournal } from '../engine/journal.ts'
import { latestUnfinished, readRun, runsFolder } from '../engine/runs.ts'
import { fold, type RunState } from '../engine/state.ts'
import { DcosctlError } from '../errors.ts'

export interface KnownRun {
  readonly run: string
  readonly folder: string
  readonly state: RunState
  readonly startedAt: string
  readonly lastAt: string
}

/** @throws DcosctlError USAGE when there is none; what makes its journal unreadable otherwise. */
export async function knownRun(
  cluster: string,
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<KnownRun> {
  const found = await find(cluster, named, environment)
  if ('unreadable' in found) throw found.unreadable
  return found
}

/** As `knownRun`, but of a damaged journal what stands before the damage: enough to end the run. @throws as `knownRun` */
export async function readableRun(
  cluster: string,
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<KnownRun> {
  const found = await find(cluster, named, environment)
  if (!('unreadable' in found)) return found
  const { run, folder, unreadable } = found
  if (!(unreadable instanceof DamagedJournal)) throw unreadable
  const { readable } = unreadable
  const state = fold(readable.map(({ event }) => event))
  const [first, last] = [readable.at(0), readable.at(-1)]
  if (state && first && last) return { run, folder, state, startedAt: first.at, lastAt: last.at }
  throw new DcosctlError('REFUSED', {
    what: `Nothing of the journal of run ${run} can be read: ${unreadable.message}`,
    state: 'Nothing was changed.',
    next: [`look for what it left:  dcosctl check`, `then only release the cluster:  ${releaseOf(run)}`],
  })
}

async function find(cluster: string, named: string | undefined, environment: NodeJS.ProcessEnv) {
  const runs = runsFolder(environment, cluster)
  const listed = named === undefined ? await latestUnfinished(runs) : await readRun(runs, named)
  if (listed && !('neverBegan' in listed)) return listed
  throw new DcosctlError('USAGE', {
    what: named === undefined ? `No run of ${cluster} waits to go on.` : `There is no run ${named} of ${cluster} here.`,
    state: 'Nothing was touched.',
    next: [
      'see all runs that began here:  dcosctl run list',
      // Its driver may have died between the claim and the first word of its journal.
      ...(named === undefined ? [] : [`if the cluster is claimed for it, release it:  ${releaseOf(named)}`]),
    ],
  })
}

const releaseOf = (run: string): string => `dcosctl run abandon ${run} --lost --reason …`

/** A lost run has no journal here by which it could be found: it must be named. @throws DcosctlError USAGE */
export function lostRun(named: string | undefined): string {
  if (named !== undefined) return named
  throw new DcosctlError('USAGE', {
    what: 'Which run is lost?',
    state: 'Nothing was touched.',
    next: ['see who has the cluster:  dcosctl status', 'then name it:  dcosctl run abandon RUN --lost --reason …'],
  })
}
