// Asks nodes for what any of them can answer for all: the next one where one fails, or keeps silent for a while.
import { setTimeout as pause } from 'node:timers/promises'
import { because } from '../errors.ts'
import type { NodeName } from '../plan/types.ts'

/** Milliseconds. A node that is down is silent until its connection times out; a living one answers well within this. */
const patience = 1000

/** @throws AggregateError with every node's error when none answers. */
export async function firstThatAnswers<T>(nodes: readonly NodeName[], ask: (node: NodeName) => Promise<T>): Promise<T> {
  const asked: Promise<T>[] = []
  for (const node of nodes) {
    asked.push(ask(node))
    const any = Promise.any(asked).then(
      answer => ({ answer }),
      () => undefined,
    )
    const first = await Promise.race([any, pause(patience, undefined, { ref: false })])
    if (first) return first.answer
  }
  try {
    return await Promise.any(asked)
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
    const said = [...new Set(errors.map(because))]
    throw new AggregateError(errors, `none of ${nodes.join(', ')} answers: ${said.join('; ')}`)
  }
}
