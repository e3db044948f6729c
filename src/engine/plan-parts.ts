// Walks a plan: every part with the place it stands in. Pure.
import type { ActionData, CheckData, During, Gate, LanePart, Part, PartId, Plan, Rolling, Step } from '../plan/types.ts'

/** What to do at each kind of part. */
type Visit<A extends ActionData, C extends CheckData> = {
  step?(step: Step<A>): void
  gate?(gate: Gate<C>): void
  during?(during: During<A, C>): void
  rolling?(rolling: Rolling<A, C>): void
}

/** Visits every part of a sequence, the inner ones too, in the order of the plan. */
export function visitParts<A extends ActionData, C extends CheckData>(
  parts: readonly (Part<A, C> | LanePart<A, C>)[],
  visit: Visit<A, C>,
): void {
  for (const part of parts) {
    switch (part.kind) {
      case 'step':
        visit.step?.(part)
        break
      case 'gate':
        visit.gate?.(part)
        break
      case 'during':
        visit.during?.(part)
        visitParts([part.open, ...part.parts, part.close], visit)
        break
      case 'rolling':
        visit.rolling?.(part)
        for (const lane of part.lanes) visitParts(lane.parts, visit)
        break
    }
  }
}

/** Every part of the plan, in its order. */
export function visitPlan<A extends ActionData, C extends CheckData>(plan: Plan<A, C>, visit: Visit<A, C>): void {
  for (const stage of plan.stages) visitParts(stage.parts, visit)
}

/** The ids that stand more than once in the plan; a plan with any of them can't be journaled and is refused. */
export function ambiguousIds<A extends ActionData, C extends CheckData>(plan: Plan<A, C>): PartId[] {
  const seen = new Set<PartId>()
  const twice = new Set<PartId>()
  const note = ({ id }: { readonly id: PartId }): void => {
    if (seen.has(id)) twice.add(id)
    seen.add(id)
  }
  visitPlan(plan, { step: note, gate: note, during: note, rolling: note })
  return [...twice]
}
