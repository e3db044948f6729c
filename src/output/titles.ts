// Looks up what a part of a plan is called. Pure.
import type { ActionData, CheckData, LanePart, NodeName, PartId, Plan } from '../plan/types.ts'

export interface Named {
  /** In a lane without the name of its node, which stands beside it. */
  readonly title: string
  /** The id of its stage. */
  readonly stage: string
  /** The lane it belongs to. */
  readonly lane?: { readonly rolling: PartId; readonly node: NodeName }
}

/** Every id of a plan: steps, gates, durings with what is in them, rollings. */
export function titlesOf(plan: Plan<ActionData, CheckData>): ReadonlyMap<PartId, Named> {
  const titles = new Map<PartId, Named>()
  const add = (part: LanePart<ActionData, CheckData>, stage: string, lane?: Named['lane']) => {
    const inner = part.kind === 'during' ? [part.open, ...part.parts, part.close] : []
    for (const { id, title } of [part, ...inner])
      titles.set(id, lane ? { title: titleWithout(lane.node, title), stage, lane } : { title, stage })
  }
  for (const { id: stage, parts } of plan.stages)
    for (const part of parts) {
      if (part.kind !== 'rolling') {
        add(part, stage)
        continue
      }
      titles.set(part.id, { title: part.title, stage })
      for (const { node, parts } of part.lanes) for (const inner of parts) add(inner, stage, { rolling: part.id, node })
    }
  return titles
}

/** A title that stands beside its node's name need not name it at its ends again. */
function titleWithout(node: NodeName, title: string): string {
  if (title.startsWith(`${node} `)) return title.slice(node.length + 1)
  return title.endsWith(` ${node}`) ? title.slice(0, -node.length - 1) : title
}

/** What was said or seen, beside its node's name; only `m1: …` is cut, a sentence about m1 stays whole. */
export const beside = (node: NodeName, text: string): string =>
  text.startsWith(`${node}: `) ? text.slice(node.length + 2) : text

/** A title with what was seen of it, but for clauses that the title says already. */
export function titleAnd(title: string, saw: string): string {
  if (saw.toLowerCase().startsWith(title.toLowerCase())) return saw
  const isNews = (clause: string) => !clause.includes(' ') || !title.toLowerCase().includes(clause.toLowerCase())
  const news = saw.split(', ').filter(isNews)
  return news.length === 0 ? title : `${title} (${news.join(', ')})`
}
