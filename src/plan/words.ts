// The words runbooks are written in: each returns a piece of a plan. Pure.
import type { Gate, Lane, LanePart, NodeName, Part, Patience, Rolling, Stage, Step } from './types.ts'
import type { Action, Check } from './vocabulary.ts'

/** A part before its stage (or lane) has given it its full id. */
type Unnamed<P extends { readonly id: string }> = P

export const step = (id: string, title: string, action: Action): Unnamed<Step<Action>> => ({
  kind: 'step',
  id,
  title,
  action,
})

export const gate = (id: string, title: string, check: Check, patience: Patience): Unnamed<Gate<Check>> => ({
  kind: 'gate',
  id,
  title,
  check,
  patience,
})

/** Ids are the path of what is meant: `masters/m2/upgrade`. */
const under = <P extends LanePart<Action, Check>>(prefix: string, part: P): P => ({
  ...part,
  id: `${prefix}/${part.id}`,
})

export const lane = (node: NodeName, parts: readonly (Step<Action> | Gate<Check>)[]): Lane<Action, Check> => ({
  node,
  parts,
})

export function rolling(
  id: string,
  title: string,
  rules: Omit<Rolling<Action, Check>, 'kind' | 'id' | 'title' | 'lanes'>,
  lanes: readonly Lane<Action, Check>[],
): Rolling<Action, Check> {
  const named = lanes.map(({ node, parts }) => ({ node, parts: parts.map(part => under(`${id}/${node}`, part)) }))
  return { kind: 'rolling', id, title, ...rules, lanes: named }
}

/** A stage without parts is left out by `stages`. */
export const stage = (id: string, title: string, parts: readonly Part<Action, Check>[]): Stage<Action, Check> => ({
  id,
  title,
  parts: parts.map(part => (part.kind === 'rolling' || part.kind === 'during' ? part : under(id, part))),
})

export const stages = (...all: readonly Stage<Action, Check>[]): readonly Stage<Action, Check>[] =>
  all.filter(({ parts }) => parts.some(part => part.kind !== 'rolling' || part.lanes.length > 0))
