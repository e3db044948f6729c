// Looks up what a part of a plan is called. Pure.
import type { ActionData, CheckData, LanePart, PartId, Plan } from '../plan/types.ts'

export interface Named {
  readonly title: string
  /** The node of the lane it belongs to. */
  readonly node?: string
}

/** Every id of a plan: steps, gates, durings with what is in them, rollings. */
export function titlesOf(plan: Plan<ActionData, CheckData>): ReadonlyMap<PartId, Named> {
  const titles = new Map<PartId, Named>()
  const add = (part: LanePart<ActionData, CheckData>, node?: string) => {
    const inner = part.kind === 'during' ? [part.open, ...part.parts, part.close] : []
    for (const { id, title } of [part, ...inner]) titles.set(id, node === undefined ? { title } : { title, node })
  }
  for (const part of plan.stages.flatMap(({ parts }) => parts)) {
    if (part.kind !== 'rolling') {
      add(part)
      continue
    }
    titles.set(part.id, { title: part.title })
    for (const lane of part.lanes) for (const inner of lane.parts) add(inner, lane.node)
  }
  return titles
}
