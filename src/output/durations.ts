// Says how long something takes or took, roughly, as a screen needs it. Pure.
import type { PartId } from '../plan/types.ts'
import type { Watch } from './watch.ts'

/** `12 s`, `3 min`, `2 h 5 min`; whole minutes from two minutes on. */
export function sayRoughly(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** How long a step is under way, or how long a gate still waits; nothing before either is known. */
export function sayClock(id: PartId, { since, sights }: Watch, now: number): string {
  const begun = since.get(id)
  if (begun !== undefined) return ` (${sayRoughly((now - begun) / 1000)})`
  const sight = sights.get(id)
  if (sight?.left === undefined) return ''
  return ` (${sayRoughly(sight.left - (now - sight.at) / 1000)} left)`
}
