// Follows a run for a screen: its state, and what was last seen and said of what is under way.
import type { Told } from '../engine/events.ts'
import { begun, follow, type RunState } from '../engine/state.ts'
import type { NodeName, PartId } from '../plan/types.ts'
import { type Named, titlesOf } from './titles.ts'

/** What was last said or seen of a part. */
interface Sight {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Patience left at that time, in seconds. */
  readonly left?: number
}

export interface Watch {
  readonly state: RunState
  readonly titles: ReadonlyMap<PartId, Named>
  /** Milliseconds since 1970: of the run, and of each step under way. */
  readonly begunAt: number
  readonly since: ReadonlyMap<PartId, number>
  /** Of parts that have not ended, and of rollings that wait. */
  readonly sights: ReadonlyMap<PartId, Sight>
  /** The part that each lane under way was last heard of, by rolling. */
  readonly at: ReadonlyMap<PartId, ReadonlyMap<NodeName, PartId>>
  /** What was said when the operator asked the run to stop. */
  readonly stopping: string | undefined
  hear(event: Told): void
}

export function watch(first: Extract<Told, { event: 'run-started' }>): Watch {
  const { state, hear } = follow(begun(first))
  const titles = titlesOf(first.plan)
  const since = new Map<PartId, number>()
  const sights = new Map<PartId, Sight>()
  const at = new Map<PartId, Map<NodeName, PartId>>([...state.rollings.keys()].map(id => [id, new Map()]))
  let stopping: string | undefined

  const hearOf = (part: PartId): void => {
    const lane = titles.get(part)?.lane
    if (lane) at.get(lane.rolling)?.set(lane.node, part)
  }
  const ended = (part: PartId): void => {
    hearOf(part)
    since.delete(part)
    sights.delete(part)
  }

  return {
    state,
    titles,
    begunAt: Date.parse(first.at),
    since,
    sights,
    at,
    get stopping() {
      return stopping
    },
    hear(event) {
      const now = Date.parse(event.at)
      switch (event.event) {
        case 'said':
          hearOf(event.part)
          sights.set(event.part, { text: event.text, at: now })
          return
        case 'gate-asked': {
          hearOf(event.part)
          const { well, saw, wanted } = event.verdict
          const text = well ? `well so far: ${saw}` : `${saw} (wanted: ${wanted})`
          sights.set(event.part, { text, at: now, left: event.secondsLeft })
          return
        }
        case 'waiting':
          sights.set(event.part, { text: event.text, at: now })
          return
        case 'stopping':
          stopping = event.text
          return
        case 'run-resumed':
          stopping = undefined
          sights.clear()
          break
        case 'step-started':
          hearOf(event.part)
          since.set(event.part, now)
          break
        case 'step-finished':
        case 'step-failed':
        case 'gate-passed':
        case 'brought-back':
        case 'resolved':
          ended(event.part)
          break
        case 'lane-started':
        case 'soaked':
          sights.delete(event.rolling)
          break
        case 'lane-finished':
        case 'lane-stopped':
          at.get(event.rolling)?.delete(event.node)
          break
      }
      hear(event)
    },
  }
}
