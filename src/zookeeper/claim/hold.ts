// Holding on: proves at intervals and before each step that the claim is still ours, and says so the moment it might not be.
import { because } from '../../errors.ts'
import type { SessionClock } from '../session/clock.ts'
import { BadVersion, ConnectionLost, NoNode } from '../session/errors.ts'
import type { Change } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import { ClaimLost } from './errors.ts'

/** As the engine wants it (`Hold` of its ports). */
export interface ClaimHold {
  /** Fencing token of this driver. */
  readonly token: number
  /** Aborted with a `ClaimLost` once a second operator could hold the claim. Never un-aborted. */
  readonly lost: AbortSignal
  /** A quorum's word, asked now, that the claim is ours. @throws ClaimLost */
  assertHeld(): Promise<void>
}

export interface HoldOptions {
  readonly session: Session
  readonly clock: SessionClock
  readonly run: string
  readonly token: number
  /** Checks that only succeed, together, while the claim is ours. */
  readonly guard: readonly Change[]
}

/** Part of the session time-out between two proofs; a little longer than a follower's report takes, so that each proves the one before it. */
const proveEvery = 1 / 8
/** …and between two looks at the clock. */
const lookEvery = 1 / 60

/** Starts to hold on; to be called with a session that has just made the claim, so that its proof is young. */
export function holdOn({ session, clock, run, token, guard }: HoldOptions): { readonly hold: ClaimHold; stop(): void } {
  const lost = new AbortController()
  let provedAt = clock.monotonic()
  let proving = false

  const lose = (reason: string, cause?: unknown): ClaimLost => {
    stop()
    const error = new ClaimLost(reason, run, cause)
    lost.abort(error)
    return error
  }
  const throwIfLost = (): void => {
    if (lost.signal.aborted) throw lost.signal.reason
    if (clock.monotonic() >= session.aliveUntil) throw lose('no quorum has confirmed it for nearly a session time-out')
  }

  /** One committed check. @throws ClaimLost; ConnectionLost when it may be asked again */
  const prove = async (): Promise<void> => {
    throwIfLost()
    try {
      await session.multi(guard, { within: Math.max(1, session.aliveUntil - clock.monotonic()) })
    } catch (thrown) {
      throwIfLost()
      if (thrown instanceof ConnectionLost) throw thrown
      if (thrown instanceof NoNode) throw lose('it was removed, or its session ended', thrown)
      if (thrown instanceof BadVersion) throw lose('another driver has taken it', thrown)
      throw lose(because(thrown), thrown)
    }
    provedAt = clock.monotonic()
    throwIfLost()
  }

  const look = () => {
    if (clock.monotonic() >= session.aliveUntil) lose('no quorum has confirmed it for nearly a session time-out')
    if (lost.signal.aborted || proving || clock.monotonic() - provedAt < session.timeoutMs * proveEvery) return
    proving = true
    prove()
      .catch(() => {}) // a lost line is tried again at the next look; all else has aborted `lost`
      .finally(() => {
        proving = false
      })
  }
  const ticker = setInterval(look, Math.max(10, session.timeoutMs * lookEvery))
  ticker.unref()
  const unlisten = session.listen(({ is }) => {
    if (is === 'expired') lose('the ZooKeeper session has expired')
    if (is === 'closed') lose('the ZooKeeper session was closed')
  })
  function stop(): void {
    clearInterval(ticker)
    unlisten()
  }

  return {
    stop,
    hold: {
      token,
      lost: lost.signal,
      async assertHeld() {
        for (;;) {
          try {
            return await prove()
          } catch (thrown) {
            if (!(thrown instanceof ConnectionLost)) throw thrown
          }
        }
      },
    },
  }
}
