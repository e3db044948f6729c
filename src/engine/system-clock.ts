// The clock of this machine, for real runs.
import { setTimeout as after } from 'node:timers/promises'
import type { Clock } from './ports.ts'

/** `performance.now` is CLOCK_MONOTONIC on Linux, which stands still while the machine is suspended. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds, signal) => after(milliseconds, undefined, { signal }),
}
