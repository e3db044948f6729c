// One driver's hold on a run: writes events before they are told, and knows why nothing new may begin.
import { because } from '../errors.ts'
import type { ActionData, CheckData, PartId } from '../plan/types.ts'
import { JournalUnwritable } from './errors.ts'
import type { Progress, RunEvent, Stop } from './events.ts'
import type { Ports, StepContext } from './ports.ts'
import { follow, type RunState } from './state.ts'
import type { Standing } from './where-to-go-on.ts'

export interface Drive<A extends ActionData, C extends CheckData, W> extends Standing<A, C> {
  readonly ports: Ports<A, C, W>
  /** Written, then told. Throws `JournalUnwritable`, and from then on always. */
  record(...events: readonly RunEvent<A, C>[]): Promise<void>
  /** For what must go on without the journal. Answers whether it was written; if not, the end of the run raises it. */
  tryToRecord(...events: readonly RunEvent<A, C>[]): Promise<boolean>
  tell(progress: Progress): void
  /** Why nothing new may begin at this part, if so. Throws `JournalUnwritable`. */
  halted(part: PartId): Stop | undefined
  /** Aborted as soon as nothing new may begin: waiting ends at once. */
  readonly stopping: AbortSignal
  /** Aborted when steps under way are no longer followed: the claim is lost or the operator detached. */
  readonly leaving: AbortSignal
  /** Steps whose perform is awaited now. */
  readonly performing: Set<PartId>
  /** Filled once, on resume. */
  readonly underWay: Set<PartId>
}

export function takeTheWheel<A extends ActionData, C extends CheckData, W>(
  from: RunState<A, C>,
  ports: Ports<A, C, W>,
): Drive<A, C, W> {
  const { journal, clock, hold, interruption } = ports
  const following = follow(from)
  const broken = new AbortController()

  function tell(event: RunEvent<A, C> | Progress): void {
    try {
      ports.tell({ ...event, at: clock.now().toISOString() })
    } catch (error) {
      ports.rendererFailed(error)
    }
  }

  async function record(...events: readonly RunEvent<A, C>[]): Promise<void> {
    broken.signal.throwIfAborted()
    try {
      await journal.append(events)
    } catch (error) {
      broken.abort(new JournalUnwritable(from.run, error))
      throw broken.signal.reason
    }
    for (const event of events) {
      following.hear(event)
      tell(event)
    }
  }

  async function tryToRecord(...events: readonly RunEvent<A, C>[]): Promise<boolean> {
    try {
      await record(...events)
      return true
    } catch (error) {
      if (error !== broken.signal.reason) throw error
      return false
    }
  }

  function halted(part: PartId): Stop | undefined {
    broken.signal.throwIfAborted()
    if (hold.lost.aborted) return { part, why: 'claim-lost', reason: because(hold.lost.reason) }
    if (interruption.stop.aborted || interruption.detach.aborted)
      return { part, why: 'interrupted', reason: 'stopped at a safe point, as asked' }
    return undefined
  }

  return {
    state: following.state,
    ports,
    record,
    tryToRecord,
    tell,
    halted,
    stopping: AbortSignal.any([broken.signal, hold.lost, interruption.stop, interruption.detach]),
    leaving: AbortSignal.any([hold.lost, interruption.detach]),
    performing: new Set(),
    underWay: new Set(),
  }
}

/** What a performer is told about this try of a part. */
export function contextOf<A extends ActionData, C extends CheckData, W>(
  { state, ports, tell }: Drive<A, C, W>,
  part: PartId,
  signal: AbortSignal,
): StepContext {
  return {
    run: state.run,
    part,
    attempt: state.steps.get(part)?.attempt ?? 1,
    token: ports.hold.token,
    signal,
    say: text => tell({ event: 'said', part, text }),
  }
}
