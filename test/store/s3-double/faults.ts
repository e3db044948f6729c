// Faults of the double, by name: what goes wrong, with which requests, how often.
import type { Operation } from './route.ts'

export type Fault =
  /** 503 SlowDown, nothing done; `retryAfter` in seconds. */
  | { readonly name: 'slow-down'; readonly retryAfter?: number }
  /** 500 InternalError, nothing done. */
  | { readonly name: 'internal-error' }
  /** 400 ExpiredToken, nothing done. */
  | { readonly name: 'expired-credentials' }
  /** 412 PreconditionFailed, nothing done. */
  | { readonly name: 'precondition-failed' }
  /** The line is reset before an answer, nothing done. */
  | { readonly name: 'reset' }
  /** The line is reset while the request's body comes, nothing done. */
  | { readonly name: 'reset-in-request' }
  /** It is done, and the line is reset in place of the answer. */
  | { readonly name: 'answer-lost' }
  /** The line is reset in the middle of the answer's body. */
  | { readonly name: 'cut-body' }
  /** Status 200 with an error in the body: of CompleteMultipartUpload for all (nothing done), of DeleteObjects for the last key. */
  | { readonly name: 'error-in-200' }
  /** The answer never begins, nothing done; or, `in: 'body'`, stops half way for ever. */
  | { readonly name: 'silent'; readonly in: 'headers' | 'body' }
  /** The answer's body comes in so many pieces, so many milliseconds apart. */
  | { readonly name: 'trickle'; readonly pieces: number; readonly apart: number }
  /** One byte of the answer's body is another one. */
  | { readonly name: 'flipped-byte' }
  /** The answer's body lacks its second half, and says so nowhere: its length is that of the half. */
  | { readonly name: 'shortened' }
  /** The answer says another ETag than the object has. */
  | { readonly name: 'wrong-etag' }
  /** A listing lacks the last key of its page. */
  | { readonly name: 'omitted-key' }
  /** Stops in front of the work, or behind it with the answer kept back, and tells; goes on never. */
  | { readonly name: 'hold'; readonly at: 'before' | 'after'; readonly held: () => void }

export interface Injected {
  readonly fault: Fault
  /** Without it: every operation. */
  readonly on?: Operation
  /** Only requests about keys that have this in them. */
  readonly key?: string
  /** The first request that it meets, of those that fit; 1 without it. */
  readonly from?: number
  /** How many it meets; all from there on without it. */
  readonly times?: number
}

export interface Faults {
  /** Returns how to take it back. */
  inject(injected: Injected): () => void
  /** The fault of this request. Each request counts once for every injected fault that fits it. */
  of(operation: Operation, key: string): Fault | undefined
}

export function faults(): Faults {
  const all = new Set<{ readonly injected: Injected; seen: number }>()
  return {
    inject(injected) {
      const entry = { injected, seen: 0 }
      all.add(entry)
      return () => void all.delete(entry)
    },
    of(operation, key) {
      let met: Fault | undefined
      for (const entry of all) {
        const { fault, on, key: part = '', from = 1, times = Number.POSITIVE_INFINITY } = entry.injected
        if ((on !== undefined && on !== operation) || !key.includes(part)) continue
        entry.seen++
        if (entry.seen >= from && entry.seen < from + times) met ??= fault
      }
      return met
    },
  }
}
