// Asks one node after another until one answers: for questions that any of them can answer for all.
import type { NodeName } from '../plan/types.ts'

/** @throws AggregateError with every node's error when none answers. */
export async function firstThatAnswers<T>(nodes: readonly NodeName[], ask: (node: NodeName) => Promise<T>): Promise<T> {
  const errors: unknown[] = []
  for (const node of nodes) {
    try {
      return await ask(node)
    } catch (error) {
      errors.push(error)
    }
  }
  const said = errors.map(error => (error instanceof Error ? error.message : String(error)))
  throw new AggregateError(errors, `none of ${nodes.join(', ')} answers: ${[...new Set(said)].join('; ')}`)
}
