// The lock of a reading run: beside a paused changing run, never beside one at work; a changing run is not blocked, but can see it and wait.
//
// Both sides write first and look second: the reader makes its znode, then reads the claim; the changing run makes its
// claim, then lists the readers. So at least one of two that start together sees the other.
import type { SessionClock } from '../session/clock.ts'
import { NodeExists } from '../session/errors.ts'
import { anyVersion } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import { seeThatNobodyIsAtWork } from './at-work.ts'
import { AlreadyReading } from './errors.ts'
import { paths, readReading, toBytes, type Who } from './format.ts'
import { type ClaimHold, holdOn } from './hold.ts'
import { standing, there } from './show.ts'
import { currentToken, prepare } from './token.ts'

export interface Reading {
  /** Its token is the present driver's, not a new one: a reader fences nobody off. */
  readonly hold: ClaimHold
  /** The run has ended. */
  end(): Promise<void>
}

/**
 * Takes the lock of a reading run.
 * @throws Busy while a changing run is at work
 * @throws Claimed where its claim says running and nobody drives it
 * @throws AlreadyReading when this run has it
 */
export async function startReading(options: {
  readonly session: Session
  readonly clock: SessionClock
  readonly run: string
  readonly runbook: string
  readonly who: Who
  readonly now: () => Date
}): Promise<Reading> {
  const { session, clock, run, runbook, who, now } = options
  const path = `${paths.reading}/${run}`
  await prepare(session)
  try {
    await session.create(path, toBytes({ format: 1, run, runbook, who, since: now().toISOString() }), 'ephemeral')
  } catch (thrown) {
    if (!(thrown instanceof NodeExists)) throw thrown
    const node = await there(session.get(path))
    if (node?.stat.ephemeralOwner !== session.id) throw new AlreadyReading(run, node && readReading(node.data))
  }
  const remove = async () => void (await there(session.delete(path, anyVersion)))
  try {
    await seeThatNobodyIsAtWork(() => standing(session))
    const { token } = await currentToken(session)
    const { hold, stop } = holdOn({ session, clock, run, token, guard: [{ check: path, version: anyVersion }] })
    return {
      hold,
      async end() {
        await remove()
        stop()
      },
    }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}
