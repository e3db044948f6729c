// One replica as the JSON of `inspect replicated-log --json`, and what speaks against using it as a backup.
import { type OverlaySummary, overlayJson, overlayVariable, summarizeOverlay } from './overlay.ts'
import { type RegistrySummary, registryJson, registryVariable, summarizeRegistry } from './registry.ts'
import type { Replica, Variable } from './replica.ts'

interface Kept {
  readonly uuid: string
  /** Size of its value. */
  readonly bytes: number
}

/** A variable we have no name for is described by its uuid and size alone. */
type VariableDescription = Kept | (Kept & RegistrySummary) | (Kept & OverlaySummary)

export interface ReplicaDescription {
  readonly status: Replica['status']
  readonly begin: number
  readonly end: number
  readonly holes: readonly number[]
  readonly unlearned: readonly number[]
  readonly variables: { readonly [name: string]: VariableDescription }
}

/** @throws LogDamage when a known variable does not decode whole, required fields included */
export function describeReplica(replica: Replica): ReplicaDescription {
  const { status, begin, end, holes, unlearned, variables } = replica
  return {
    status,
    begin,
    end,
    holes,
    unlearned,
    variables: Object.fromEntries([...variables].map(([name, variable]) => [name, describeVariable(name, variable)])),
  }
}

function describeVariable(name: string, variable: Variable): VariableDescription {
  const kept = { uuid: variable.uuid, bytes: variable.value.length }
  switch (name) {
    case registryVariable:
      registryJson(variable)
      return { ...kept, ...summarizeRegistry(variable) }
    case overlayVariable:
      overlayJson(variable)
      return { ...kept, ...summarizeOverlay(variable) }
    default:
      return kept
  }
}

/**
 * Why this replica, though sound, should not be what a cluster is restored from; empty when nothing speaks against it.
 * A standby may rightly have unlearned positions at its end; restoring them may turn a value nobody chose into a chosen one.
 */
export function concerns(replica: Replica, variable: string): string[] {
  const { status, holes, unlearned, variables } = replica
  const found: string[] = []
  if (status !== 'VOTING')
    found.push(`its status is ${status}, not VOTING: it has not caught up with the other masters`)
  if (holes.length > 0) found.push(`it lacks ${positions(holes)}`)
  if (unlearned.length > 0) found.push(`it does not know what was chosen at ${positions(unlearned)}`)
  if (!variables.has(variable)) found.push(`it holds no ${variable}`)
  return found
}

function positions(list: readonly number[]): string {
  const shown = list.slice(0, 5).join(', ')
  const more = list.length > 5 ? ` and ${list.length - 5} more` : ''
  return list.length === 1 ? `position ${shown}` : `positions ${shown}${more}`
}
