// Whether a plan that was saved still is the plan that would be made now. Pure.
import type { LanePart, Part, PartId } from './types.ts'
import type { Action, Check, DcosPlan } from './vocabulary.ts'

/**
 * What differs, in words; empty where the saved plan still holds. What is asked anew while it runs (the order of masters, whom a backup is read from,
 * what apps run) and what is only said (notes, who accepted something) may differ. Everything else must be as it would be made now: a plan from which
 * a gate was cut out, or that lets more nodes down at once, is not one to run.
 */
export function planDifferences(saved: DcosPlan, now: DcosPlan): readonly string[] {
  const differences: string[] = []
  const differs = (what: string, a: string, b: string) => {
    if (a !== b) differences.push(`${what}: the plan says ${a || 'none'}, now it is ${b || 'none'}`)
  }
  differs('cluster id', saved.cluster.id, now.cluster.id)
  differs('runbook', saved.runbook, now.runbook)
  differs('title', saved.title, now.title)
  for (const kind of ['masters', 'agents']) differs(kind, nodesOf(saved, kind), nodesOf(now, kind))
  differs('script', scriptOf(saved), scriptOf(now))
  differs('on failure', saved.onFailure, now.onFailure)
  differs('kind', saved.kind, now.kind)
  return differences.length > 0 ? differences : partDifferences(parts(saved), parts(now))
}

type Parts = ReadonlyMap<PartId, string>

function partDifferences(saved: Parts, now: Parts): readonly string[] {
  const differences: string[] = []
  for (const [id, part] of now) {
    if (!saved.has(id)) differences.push(`${id} is not in the plan`)
    else if (saved.get(id) !== part) differences.push(`${id} is another one in the plan`)
  }
  for (const id of saved.keys()) if (!now.has(id)) differences.push(`${id} is in the plan and would not be made now`)
  if (differences.length === 0 && [...saved.keys()].join() !== [...now.keys()].join())
    differences.push('the plan has its parts in another order')
  return differences
}

/** Every part with all that must not differ, in the order of the plan; lanes by name, for their order is asked anew. */
function parts(plan: DcosPlan): Parts {
  const found = new Map<PartId, string>()
  const add = (part: LanePart<Action, Check>, stage: string) => {
    if (part.kind !== 'during') return found.set(part.id, told(part, stage))
    const { open, parts, close, ...itself } = part
    found.set(part.id, told(itself, stage))
    for (const inner of [open, ...parts, close]) found.set(inner.id, told(inner, `${stage} ${part.id}`))
    return found
  }
  for (const { id: stage, parts } of plan.stages) {
    for (const part of parts) {
      if (part.kind !== 'rolling') add(part, stage)
      else {
        const { lanes, ...itself } = part
        found.set(part.id, told(itself, stage))
        for (const lane of lanes.toSorted((a, b) => (a.node < b.node ? -1 : 1)))
          for (const inner of lane.parts) add(inner, `${stage} ${part.id} ${lane.node}`)
      }
    }
  }
  return found
}

/** What is chosen or looked at anew when its turn comes. */
const askedAnew: ReadonlySet<string> = new Set(['objects', 'absent', 'baseline'])

/** As text: where it stands and what it is, lists of names in one order. */
function told(part: Omit<Part<Action, Check>, 'lanes' | 'open' | 'parts' | 'close'>, where: string): string {
  return JSON.stringify({ where, part }, (key, value: unknown) => {
    if (askedAnew.has(key)) return undefined
    if (Array.isArray(value)) return value.toSorted()
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}

const rollings = (plan: DcosPlan) => plan.stages.flatMap(({ parts }) => parts.filter(part => part.kind === 'rolling'))

const nodesOf = (plan: DcosPlan, id: string): string =>
  rollings(plan)
    .filter(rolling => rolling.id === id)
    .flatMap(({ lanes }) => lanes.map(({ node }) => node))
    .toSorted()
    .join(', ')

function scriptOf(plan: DcosPlan): string {
  for (const { lanes } of rollings(plan)) {
    for (const part of lanes.flatMap(({ parts }) => parts)) {
      if (part.kind === 'step' && part.action.do === 'upgrade-node')
        return `${part.action.script.url} (sha256 ${part.action.script.sha256})`
    }
  }
  return ''
}
