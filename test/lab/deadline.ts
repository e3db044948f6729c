// Waiting for a condition, always with an end.
import { setTimeout as pause } from 'node:timers/promises'

class DeadlinePassed extends Error {}

/**
 * Asks `look` again and again until it answers something other than undefined or false, and answers that.
 * Throws `DeadlinePassed` after so many seconds, naming what was waited for.
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  every = 50,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > end)
      throw new DeadlinePassed(`Waited ${seconds} s for this and it did not happen: ${what}.`)
    await pause(every)
  }
}
