// Waiting that ends early, and patience: how long something may take before a person is asked.
import type { Patience } from '../plan/types.ts'
import type { Clock } from './ports.ts'

/** What a promise gave, or `undefined` once the signal was aborted. What the promise does after that is nobody's business any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<{ got: T } | undefined> {
  const aborted = Promise.withResolvers<undefined>()
  const abort = (): void => aborted.resolve(undefined)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise.then(got => ({ got })), aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Sleeps, less long if the signal is aborted; then it just returns. */
export async function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  try {
    await clock.sleep(milliseconds, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** A question that was not answered within its time. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** A question may always take this many seconds; checks have their own, shorter limits, this one is for those that hang. */
const timeToAnswer = 60

/** The shortest pause between two questions, in seconds. */
const shortestPause = 0.1

export interface Patient {
  /** Asks once. `undefined`: aborted meanwhile. Throws what the question throws, or `NoAnswer`. */
  ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<{ got: T } | undefined>
  /** Waits until the next question. */
  wait(): Promise<void>
  secondsLeft(): number
  /** Whether it was asked for long enough, and often enough. */
  isSpent(): boolean
}

/**
 * Counts monotonic time: that of the questions, and of each pause at most what it was meant to last, so that a laptop that
 * slept does not wake to spent patience. Never spent before it was asked as often as it takes to be found steady, twice at least.
 */
export function patient({ within, every, steady }: Patience, clock: Clock, stopping: AbortSignal): Patient {
  const pauseLength = Math.max(every, shortestPause) * 1000
  const leastQuestions = within === 0 ? 1 : Math.max(2, Math.ceil((steady * 1000) / pauseLength) + 1)
  let used = 0
  let questions = 0
  const left = (): number => Math.max(0, within * 1000 - used)

  return {
    async ask(question) {
      const begun = clock.monotonic()
      const over = new AbortController()
      const signal = AbortSignal.any([stopping, over.signal])
      const limit = Math.max(left(), pauseLength, timeToAnswer * 1000)
      const late = pause(clock, limit, over.signal).then((): never => {
        throw new NoAnswer(`no answer within ${limit / 1000} s`)
      })
      try {
        return await unlessAborted(Promise.race([question(signal), late]), stopping)
      } finally {
        questions++
        used += clock.monotonic() - begun
        late.catch(() => {}) // it lost the race
        over.abort()
      }
    },
    async wait() {
      const begun = clock.monotonic()
      await pause(clock, pauseLength, stopping)
      used += Math.min(pauseLength, clock.monotonic() - begun)
    },
    secondsLeft: () => Math.round(left() / 1000),
    isSpent: () => left() === 0 && questions >= leastQuestions,
  }
}
