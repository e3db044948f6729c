// Remembers since when each agent was seen away, so that the count-down to where Mesos gives it up can be shown and obeyed.
import { seconds } from '../config/patience.ts'
import type { NodeName } from '../plan/types.ts'
import type { World } from '../world.ts'

const since = new WeakMap<World, Map<NodeName, number>>()

const memory = (world: World): Map<NodeName, number> => {
  const known = since.get(world) ?? new Map<NodeName, number>()
  since.set(world, known)
  return known
}

/** Seconds since it was first seen away in this process; 0 the first time. */
function secondsAway(world: World, node: NodeName): number {
  const known = memory(world)
  const now = performance.now()
  const first = known.get(node) ?? now
  known.set(node, first)
  return (now - first) / 1000
}

export const isBack = (world: World, node: NodeName): void => void memory(world).delete(node)

/** Those that have been away for longer than the alarm allows: while there is one, no further agent may go down. */
export function alarming(world: World): readonly NodeName[] {
  const limit = seconds(world.file.thresholds.agentAlarmAfter)
  return [...memory(world).keys()].filter(node => secondsAway(world, node) >= limit)
}

/** In steps of a minute, so that a waiting gate does not speak at each look: `away for 2 of 5 min`. */
export function sayAway(world: World, node: NodeName): string {
  const limit = Math.round(seconds(world.file.thresholds.agentUnreachableAfter) / 60)
  const away = secondsAway(world, node)
  return away < 60
    ? 'away'
    : `away for ${Math.floor(away / 60)} of ${limit} min${alarming(world).includes(node) ? ', Mesos gives it up soon' : ''}`
}
