// A plan as people read it, in at most 80 columns, fit for a change ticket. Pure.

import type { ActionData, CheckData, LanePart, Part, Patience, Plan, Rolling } from './types.ts'
import { textColumns, wrap } from './wrap.ts'

/** `describe` says in some words what an action will do; its lines are indented below the step. */
export function planText<A extends ActionData, C extends CheckData>(
  plan: Plan<A, C>,
  describe: (action: A) => readonly string[],
): string {
  const lines = [plan.title, `Cluster ${plan.cluster.name}, id ${plan.cluster.id}`, '']
  plan.stages.forEach((stage, index) => {
    lines.push(`${index + 1}. ${stage.title}`)
    for (const part of stage.parts) lines.push(...partLines(part, describe))
    lines.push('')
  })
  if (plan.accepted.length > 0) {
    lines.push('Accepted')
    for (const { what, by, reason } of plan.accepted) lines.push(...bullet(`${what}, by ${by}: ${reason}`))
    lines.push('')
  }
  if (plan.notes.length > 0) {
    lines.push('To know')
    for (const note of plan.notes) lines.push(...bullet(note))
    lines.push('')
  }
  return lines.join('\n')
}

function partLines<A extends ActionData, C extends CheckData>(
  part: Part<A, C>,
  describe: (action: A) => readonly string[],
): readonly string[] {
  if (part.kind !== 'rolling') return lanePartLines(part, '   ', describe)
  const [first, ...others] = part.lanes
  if (!first) return []
  const lines = [...wrap(`   ${rollingRule(part)}`, textColumns, '   ')]
  lines.push(
    ...wrap(`   ${part.lanes.map(({ node }) => node).join(', ')}`, textColumns, '   '),
    `   For ${others.length > 0 ? `each, as for ${first.node}` : first.node}:`,
  )
  for (const inner of first.parts) lines.push(...lanePartLines(inner, '     ', describe))
  return lines
}

function rollingRule<A extends ActionData, C extends CheckData>(part: Rolling<A, C>): string {
  const at = part.order === 'by-rank' ? 'the next one chosen by rank when its turn comes' : 'in this order'
  const canaries = part.canaries > 0 ? `${part.canaries} first and alone, ${sayTime(part.soak)} of soak; then ` : ''
  const failures = part.budget.failures > 0 ? `; up to ${part.budget.failures} may fail before it stops` : ''
  return `${part.lanes.length} ${part.lanes.length === 1 ? 'node' : 'nodes'}, ${canaries}${part.atMost} at a time, ${at}${failures}:`
}

function lanePartLines<A extends ActionData, C extends CheckData>(
  part: LanePart<A, C>,
  indent: string,
  describe: (action: A) => readonly string[],
): readonly string[] {
  switch (part.kind) {
    case 'gate':
      return wrap(`${indent}? ${part.title}${sayPatience(part.patience)}`, textColumns, `${indent}  `)
    case 'step':
      return [
        ...wrap(`${indent}> ${part.title}`, textColumns, `${indent}  `),
        ...describe(part.action).flatMap(line => wrap(`${indent}    ${line}`, textColumns, `${indent}      `)),
      ]
    case 'during':
      return [part.open, ...part.parts, part.close].flatMap(inner => lanePartLines(inner, `${indent}  `, describe))
  }
}

const sayPatience = ({ within }: Patience): string => ` (waits up to ${sayTime(within)})`

const sayTime = (seconds: number): string =>
  seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`

const bullet = (text: string): readonly string[] => wrap(`   - ${text}`, textColumns, '     ')
