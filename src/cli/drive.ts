// Drives a run that is claimed: engine, renderer and signals around one piece of work; gives everything back, however it ends.
import { dirname } from 'node:path'
import { choose } from '../actions/choose.ts'
import { performers } from '../actions/index.ts'
import { checkers } from '../checks/index.ts'
import type { Outcome } from '../engine/events.ts'
import { type JournalFile, readJournal } from '../engine/journal-file.ts'
import type { Hold, Interruption, Ports } from '../engine/ports.ts'
import { fold, type RunState } from '../engine/state.ts'
import { systemClock } from '../engine/system-clock.ts'
import { because } from '../errors.ts'
import type { Renderer } from '../output/renderer.ts'
import type { Action, Check } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import type { Listening } from './interruption.ts'
import { rendererFor } from './renderers.ts'
import type { ProgressKind } from './run-flags.ts'
import type { Taken } from './taken.ts'
import { whoami } from './whoami.ts'

export interface RunFlags {
  readonly progress?: ProgressKind | undefined
  readonly quiet?: boolean | undefined
}

/** How a run left the engine, and what its journal adds up to. */
export interface Left {
  readonly run: string
  readonly outcome: Outcome
  readonly state: RunState
}

export async function drive(
  world: World,
  journal: JournalFile,
  session: { close(): Promise<unknown> } | undefined,
  taken: Taken,
  flags: RunFlags,
  interruption: Listening,
  work: (ports: Ports<Action, Check, World>) => Promise<Outcome>,
): Promise<Left> {
  let renderer: Renderer | undefined
  const shown = async (): Promise<Outcome> => {
    renderer = await rendererFor(flags.progress, flags.quiet === true)
    renderer.past(journal.records.map(({ at, event }) => ({ ...event, at })))
    return work(portsFor(world, journal, taken.hold, interruption, renderer))
  }
  try {
    const outcome = await shown().catch(async error => {
      // A fault of ours, or a journal that can't be written. A run that has begun waits, like any other that paused.
      await taken.giveBack((await hasBegun(journal)) ? 'waits' : 'ended')
      throw error
    })
    await taken.giveBack(outcome.run === 'paused' ? 'waits' : 'ended')
    const state = fold((await readJournal(dirname(journal.path))).map(({ event }) => event))
    if (!state) throw new Error(`the journal of the run is empty: ${journal.path}`)
    return { run: state.run, outcome, state }
  } finally {
    interruption.off()
    // Each is given back although another can't be.
    const given = await Promise.allSettled([renderer?.close(), session?.close(), journal.close()])
    for (const { reason } of given.filter(one => one.status === 'rejected')) process.emitWarning(because(reason))
  }
}

function portsFor(
  world: World,
  journal: JournalFile,
  hold: Hold,
  interruption: Interruption,
  renderer: Renderer,
): Ports<Action, Check, World> {
  return {
    by: whoami(),
    world,
    performers,
    checkers,
    choose,
    journal,
    clock: systemClock,
    hold,
    interruption,
    tell: event => renderer.tell(event),
    rendererFailed: error => process.emitWarning(`The display failed; the run goes on: ${because(error)}`),
  }
}

/** A run without its first record can't be resumed, so that it must not keep the cluster either; what can't be read may be one. */
export const hasBegun = async ({ path }: JournalFile): Promise<boolean> =>
  readJournal(dirname(path)).then(
    records => records.length > 0,
    () => true,
  )
