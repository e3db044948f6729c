// What a person may say about a run: an override of a gate, the fate of a step in doubt. Checked against the run, then journaled.
import type { RunEvent } from '../engine/events.ts'
import { openJournal } from '../engine/journal-file.ts'
import type { RunState } from '../engine/state.ts'
import { DcosctlError } from '../errors.ts'
import { realClock } from './real-clock.ts'
import { whoami } from './whoami.ts'

const refuse = (what: string, ...next: readonly string[]) =>
  new DcosctlError('USAGE', { what, state: 'Nothing was written.', next })

const by = (): string => {
  const { user, host } = whoami()
  return `${user}@${host}`
}

/** @throws DcosctlError USAGE for what is no gate of this run. */
export function overrideGate(state: RunState, gate: string, reason: string): readonly RunEvent[] {
  if (state.gates.has(gate)) return [{ event: 'overridden', part: gate, by: by(), reason }]
  throw refuse(`${gate} is no gate of run ${state.run}.`, 'see its parts:  dcosctl run show')
}

/** @throws DcosctlError USAGE for a step that is not in doubt: only the cluster itself answers for the others. */
export function resolveStep(state: RunState, part: string, as: 'done' | 'not-done', reason: string): RunEvent {
  const step = state.steps.get(part)
  if (!step) throw refuse(`${part} is no step of run ${state.run}.`, 'see its parts:  dcosctl run show')
  if (step.is !== 'in-doubt') throw refuse(`${part} is not in doubt: it is ${step.is}.`, 'go on:  dcosctl run resume')
  return { event: 'resolved', part, as, by: by(), reason }
}

export async function write(folder: string, events: readonly RunEvent[]): Promise<void> {
  const journal = await openJournal(folder, realClock)
  try {
    await journal.append(events)
  } finally {
    await journal.close()
  }
}
