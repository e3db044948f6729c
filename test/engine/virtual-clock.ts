// A clock whose time passes only when everybody waits for it: hours of patience in milliseconds, always in the same order.
import type { Clock } from '../../src/engine/ports.ts'

export interface VirtualClock extends Clock {
  /** The machine is suspended in its next sleep: that sleep takes so many seconds longer, on a clock that does count them. */
  suspendInNextSleep(seconds: number): void
  /** Time passes no more: who sleeps, or would, is forgotten, as a process is that was killed. */
  stop(): void
}

interface Sleeper {
  readonly at: number
  wake(): void
  forget(): void
  cancelled: boolean
}

export function virtualClock(start = Date.UTC(2026, 10, 20, 2)): VirtualClock {
  let now = 0
  let suspension = 0
  let ticking = false
  let stopped = false
  const sleepers: Sleeper[] = []

  /** Runs when no promise is left to settle: the first sleeper wakes. */
  function tick(): void {
    ticking = false
    let next = sleepers.shift()
    while (next?.cancelled) next = sleepers.shift()
    if (!next) return
    now = Math.max(now, next.at)
    next.wake()
    keepTicking()
  }
  function keepTicking(): void {
    if (ticking || sleepers.length === 0) return
    ticking = true
    setImmediate(tick)
  }
  function insert(sleeper: Sleeper): void {
    const later = sleepers.findLastIndex(({ at }) => at <= sleeper.at)
    sleepers.splice(later + 1, 0, sleeper)
    keepTicking()
  }

  return {
    now: () => new Date(start + now),
    monotonic: () => now,
    suspendInNextSleep: seconds => {
      suspension = seconds * 1000
    },
    stop: () => {
      stopped = true
      for (const sleeper of sleepers.splice(0)) sleeper.forget()
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const abort = (): void => {
          sleeper.cancelled = true
          reject(signal.reason)
        }
        const sleeper: Sleeper = {
          at: now + milliseconds + suspension,
          cancelled: false,
          // A signal that is composed of others lives as long as somebody listens to it.
          forget: () => signal.removeEventListener('abort', abort),
          wake: () => {
            sleeper.forget()
            resolve()
          },
        }
        suspension = 0
        if (stopped) return
        signal.addEventListener('abort', abort, { once: true })
        insert(sleeper)
      }),
  }
}
