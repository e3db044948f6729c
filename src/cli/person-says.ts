// Takes down what a person says about a run: checked against the run by the engine, then journaled.
import type { RunEvent } from '../engine/events.ts'
import { openJournal } from '../engine/journal-file.ts'
import { override, resolve } from '../engine/persons-word.ts'
import { fold, type RunState } from '../engine/state.ts'
import { systemClock } from '../engine/system-clock.ts'
import { DcosctlError } from '../errors.ts'
import type { KnownRun } from './known-run.ts'
import { whoami } from './whoami.ts'

const by = (): string => {
  const { user, host } = whoami()
  return `${user}@${host}`
}

export const overrideGate = (state: RunState, gate: string, reason: string): RunEvent =>
  override(state, gate, by(), reason)

/** @throws Refused; DcosctlError REFUSED while the run is under way, for then its driver has the journal. */
export async function resolveStep(
  { run, folder, state: seen }: KnownRun,
  step: string,
  as: 'done' | 'not-done',
  reason: string,
): Promise<RunEvent> {
  mustBePaused(run, seen)
  const journal = await openJournal(folder, systemClock)
  try {
    // Judged by what stands in the journal now: a driver may have gone on since it was read.
    const state = fold(journal.records.map(({ event }) => event)) ?? seen
    mustBePaused(run, state)
    const event = resolve(state, step, as, by(), reason)
    await journal.append([event])
    return event
  } finally {
    await journal.close()
  }
}

function mustBePaused(run: string, { status }: RunState): void {
  if (status.is === 'paused') return
  throw new DcosctlError('REFUSED', {
    what: `Run ${run} is ${status.is}: only a paused run takes a person's word.`,
    state: 'Nothing was written.',
    next: ['if its driver has died:  dcosctl run resume', 'it pauses by itself where it is in doubt'],
  })
}
