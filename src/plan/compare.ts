// Whether a plan that was saved still is the plan that would be made now. Pure.
import type { DcosPlan } from './vocabulary.ts'

/**
 * What differs, in words; empty where the saved plan still holds. What is asked anew while it runs (the order of masters, whom a backup is read from,
 * what apps run) and the backup's name may differ.
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
  return differences
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
