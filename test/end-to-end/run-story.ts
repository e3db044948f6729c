// What a run tells while it goes on, and what its journal says afterwards, in the words of the tests.
// A run that is followed is started with `--progress jsonl`: each line is told once it is on disk.
import { runEvent } from '../../src/engine/event-schema.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import type { JournalRecord } from '../../src/engine/journal.ts'
import { until } from '../lab/deadline.ts'
import type { Operator, Typed } from './operator.ts'

type Kind = RunEvent['event']
type EventOf<K extends Kind> = Extract<RunEvent, { event: K }>
/** `at`: milliseconds of the wall clock, which workstation and nodes of a lab share. */
export type Recorded<K extends Kind> = EventOf<K> & { readonly at: number }

/** Begins a command that drives a run, so that it can be followed. */
export const drive = (operator: Operator, args: readonly string[]): Typed =>
  operator.start([...args, '--progress', 'jsonl'])

/** Waits until this process has told such an event. Rejects as soon as it ends without, or after so many seconds. */
export async function untilTold<K extends Kind>(
  typed: Typed,
  kind: K,
  which: (event: EventOf<K>) => boolean = () => true,
  seconds = 60,
): Promise<Recorded<K>> {
  let isOver = false
  typed.ended.then(() => {
    isOver = true
  })
  return until(`${kind} told`, seconds, () => {
    const wasOver = isOver
    const found = toldBy(typed.output, kind).find(which)
    if (!found && wasOver) throw new Error(`dcosctl ended and never told ${kind}:\n${typed.output}`)
    return found
  })
}

/** The events of one kind among the lines of `--progress jsonl`; other lines are passed over. */
function toldBy<K extends Kind>(output: string, kind: K): readonly Recorded<K>[] {
  return output
    .split('\n')
    .slice(0, -1)
    .filter(line => line.startsWith(`{"event":"${kind}"`))
    .flatMap(line => {
      const { at, ...event }: { at: string } = JSON.parse(line)
      return recorded(kind, at, runEvent.parse(event))
    })
}

/** All events of one kind, in order. */
export const all = <K extends Kind>(records: readonly JournalRecord[], kind: K): readonly Recorded<K>[] =>
  records.flatMap(({ at, event }) => recorded(kind, at, event))

function recorded<K extends Kind>(kind: K, at: string, event: RunEvent): readonly Recorded<K>[] {
  return isOfKind(event, kind) ? [{ ...event, at: Date.parse(at) }] : []
}

const isOfKind = <K extends Kind>(event: RunEvent, kind: K): event is EventOf<K> => event.event === kind

/** The nodes in the order in which their lanes were started. */
export const laneOrder = (records: readonly JournalRecord[], rolling: string): readonly string[] =>
  all(records, 'lane-started')
    .filter(event => event.rolling === rolling)
    .map(({ node }) => node)
