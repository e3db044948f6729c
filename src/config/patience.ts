// The cluster file's durations as the numbers that plans carry.
import type { Patience } from '../plan/types.ts'
import { parseDuration } from './duration.ts'
import type { ClusterFile } from './schema.ts'

/** Seconds of a duration that the schema has accepted. */
export function seconds(duration: string): number {
  const parsed = parseDuration(duration)
  if (parsed === undefined) throw new Error(`${duration} is not a duration`)
  return parsed
}

export function patienceOf({ patience }: ClusterFile): { readonly [K in keyof ClusterFile['patience']]: Patience } {
  const numbers = ({ within, every, steady }: ClusterFile['patience']['cluster']): Patience => ({
    within: seconds(within),
    every: seconds(every),
    steady: seconds(steady),
  })
  return { cluster: numbers(patience.cluster), master: numbers(patience.master), agent: numbers(patience.agent) }
}
