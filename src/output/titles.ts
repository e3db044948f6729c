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
      titles.set(id, lane ? { title: withoutNode(title, lane.node), stage, lane } : { title, stage })
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

/** What is said beside a node's name need not name it at its ends again. */
export function withoutNode(text: string, node: NodeName): string {
  for (const start of [`${node}: `, `${node} `]) if (text.startsWith(start)) return text.slice(start.length)
  return text.endsWith(` ${node}`) ? text.slice(0, -node.length - 1) : text
}

/** A title with what was seen of it, but for clauses that the title says already. */
export function titleAnd(title: string, saw: string): string {
  if (saw.toLowerCase().startsWith(title.toLowerCase())) return saw
  const isNews = (clause: string) => !clause.includes(' ') || !title.toLowerCase().includes(clause.toLowerCase())
  const news = saw.split(', ').filter(isNews)
  return news.length === 0 ? title : `${title} (${news.join(', ')})`
}
