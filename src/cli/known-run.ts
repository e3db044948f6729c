// Finds the run that a command is about: the one that was named, else the latest that is not ended.
import { latestUnfinished, readRun, runsFolder } from '../engine/runs.ts'
import type { RunState } from '../engine/state.ts'
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
  const runs = runsFolder(environment, cluster)
  const listed = named === undefined ? await latestUnfinished(runs) : await readRun(runs, named)
  if (listed && 'state' in listed) return listed
  if (listed && 'unreadable' in listed) throw listed.unreadable
  throw new DcosctlError('USAGE', {
    what: named === undefined ? `No run of ${cluster} waits to go on.` : `There is no run ${named} of ${cluster} here.`,
    state: 'Nothing was touched.',
    next: ['see all runs that began here:  dcosctl run list'],
  })
}

/** A lost run has no journal here by which it could be found: it must be named. @throws DcosctlError USAGE */
export function lostRun(named: string | undefined): string {
  if (named !== undefined) return named
  throw new DcosctlError('USAGE', {
    what: 'Which run is lost?',
    state: 'Nothing was touched.',
    next: ['see who has the cluster:  dcosctl status', 'then name it:  dcosctl run abandon RUN --lost --reason …'],
  })
}
