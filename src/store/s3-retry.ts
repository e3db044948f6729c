// When a request to S3 is sent again, and after how long: a bounded number of times, further and further apart, never all clients at the same moment.
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3ClientConfig } from '@aws-sdk/client-s3'

type RetryStrategy = Extract<NonNullable<S3ClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>
type Token = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>

/** Milliseconds, but for `attempts`. */
export interface S3Patience {
  readonly connectWithin: number
  /** Without a byte in either direction. */
  readonly idleWithin: number
  /** From the first byte of a request to the first of its answer; a part of an upload must fit a slow line. */
  readonly answerWithin: number
  /** The first one counts. */
  readonly attempts: number
  readonly firstPause: number
  /** The first one where the server asks to slow down. */
  readonly firstPauseWhenBusy: number
  readonly longestPause: number
  /** The longest that a server's Retry-After is heeded. */
  readonly longestRetryAfter: number
}

/** A server that restarts is waited for: six attempts are up to 9 s apart in all, up to 31 s where it is busy. */
export const usualPatience: S3Patience = {
  connectWithin: 10_000,
  idleWithin: 60_000,
  answerWithin: 15 * 60_000,
  attempts: 6,
  firstPause: 300,
  firstPauseWhenBusy: 1000,
  longestPause: 20_000,
  longestRetryAfter: 60_000,
}

/**
 * The SDK tells what may be sent again: what a server has too much of, what the network lost, 500, 502, 503 and 504. Every request of
 * the store may be: those that are not idempotent (`If-None-Match`, the last one of an upload) are looked after by who sends them.
 */
export function retrying(patience: S3Patience): RetryStrategy {
  const { attempts, firstPause, firstPauseWhenBusy, longestPause, longestRetryAfter } = patience
  return {
    acquireInitialRetryToken: async () => token(0),
    async refreshRetryTokenForRetry(last, { errorType, retryAfterHint }) {
      const count = last.getRetryCount() + 1
      const isBusy = errorType === 'THROTTLING'
      if (count >= attempts || !(isBusy || errorType === 'TRANSIENT')) throw new Error('not again')
      const most = Math.min((isBusy ? firstPauseWhenBusy : firstPause) * 2 ** (count - 1), longestPause)
      const asked = Math.min((retryAfterHint?.getTime() ?? 0) - Date.now(), longestRetryAfter)
      await sleep(Math.max(most * (0.5 + Math.random() / 2), asked))
      return token(count)
    },
    recordSuccess() {},
  }
}

const token = (count: number): Token => ({ getRetryCount: () => count, getRetryDelay: () => 0 })
