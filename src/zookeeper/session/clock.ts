// The clock of sessions and claims: it never runs backwards and counts the time a laptop sleeps, since servers do not wait for laptops.
import { uptime } from 'node:os'

export interface SessionClock {
  /** Milliseconds since some moment in the past. Must go on while the machine is suspended. */
  monotonic(): number
}

/** CLOCK_BOOTTIME by way of /proc/uptime (10 ms fine). `performance.now()` would stand still while the machine sleeps. */
export const bootClock: SessionClock = { monotonic: () => uptime() * 1000 }
