// The clock of real runs.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../engine/ports.ts'

export const realClock: Clock = {
  now: () => new Date(),
  /** CLOCK_MONOTONIC stands still while a laptop sleeps, so that its sleep is not counted as patience. */
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await sleep(milliseconds, undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  },
}
