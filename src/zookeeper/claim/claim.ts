// The claim of a changing run on a cluster: taken once, taken up again, adopted, paused, released. Two racers never both win.
//
// Every driver raises the token counter in the same multi that makes it the driver, expecting the version it read. So of
// two that act on the same reading one fails, and whoever finds the counter unchanged is still the driver.
import { setTimeout as pause } from 'node:timers/promises'
import type { SessionClock } from '../session/clock.ts'
import { BadVersion, ConnectionLost, NodeExists, NoNode } from '../session/errors.ts'
import { anyVersion, type Change } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import { Claimed, ClaimLost, NoClaim, Unconfirmed } from './errors.ts'
import { type ClaimNode, type HolderNode, paths, toBytes, type Who } from './format.ts'
import { type ClaimHold, holdOn } from './hold.ts'
import { processAlive } from './process-alive.ts'
import { type Standing, standing } from './show.ts'
import { type Counter, currentToken, prepare, raise } from './token.ts'

export interface Claim {
  readonly token: number
  readonly node: ClaimNode
  /** For the engine. */
  readonly hold: ClaimHold
  /** Tells others whether a reading run may go beside this one. @throws ClaimLost */
  setState(state: ClaimNode['state']): Promise<void>
  /** The run pauses and this process ends: the claim stays, marked paused, nobody drives. Then close the session. @throws ClaimLost */
  leave(): Promise<void>
  /** The run has ended: both znodes are removed, if they are ours. Then close the session. @throws ClaimLost */
  release(): Promise<void>
}

export interface Driving {
  readonly session: Session
  readonly clock: SessionClock
  readonly run: string
  readonly who: Who
  readonly now: () => Date
}

/**
 * Takes the cluster for a new run.
 * @throws Claimed telling who has it, since when, and what to type
 * @throws DcosctlError REFUSED when what stands there can't be read
 */
export async function takeClaim(
  driving: Driving & { readonly runbook: string; readonly cluster: string },
): Promise<Claim> {
  await prepare(driving.session)
  return drive(driving, ({ claim, holder }) => {
    if (claim || holder) throw new Claimed(claim?.node, holder?.node)
    const { run, runbook, cluster, who, now } = driving
    return { format: 1, cluster, run, runbook, who, since: now().toISOString(), state: 'running', token: 0 }
  })
}

/**
 * Goes on with a run of this workstation, after a pause or a crash. With a session re-attached by its saved credentials the
 * holder of the crashed process is our own, and this takes no time; otherwise its ghost is waited for.
 * @param ghostWithin milliseconds to wait for a holder of this very run and workstation to vanish
 * @throws NoClaim, Claimed (another run, another workstation, or somebody drives: a living process of this workstation, too,
 * whose session is let go of unharmed)
 */
export async function resumeClaim(driving: Driving & { readonly ghostWithin: number }): Promise<Claim> {
  const { session, clock, run, who, ghostWithin } = driving
  const until = clock.monotonic() + ghostWithin
  await prepare(session)
  return drive(driving, ({ claim, holder }) => {
    if (!claim) throw new NoClaim(run)
    if (claim.node.run !== run) throw new Claimed(claim.node, holder?.node)
    if (claim.node.who.host !== who.host) {
      throw new Claimed(
        claim.node,
        holder?.node,
        'It belongs to another workstation; taking it over has a verb of its own.',
      )
    }
    if (!holder) return claim.node
    if (holder.stat.ephemeralOwner === session.id) {
      const { pid } = holder.node.who
      if (pid === who.pid || !processAlive(pid)) return claim.node
      session.detach() // closing it would end the session of the one that lives; so it takes its line back
      throw new Claimed(claim.node, holder.node, `Process ${pid} on this workstation still drives it.`)
    }
    if (clock.monotonic() >= until) throw new Claimed(claim.node, holder.node)
    return 'wait'
  })
}

/**
 * Takes over a run that another workstation began and that nobody drives.
 * @throws NoClaim, Claimed (another run, or its driver is alive)
 */
export async function adoptClaim(driving: Driving): Promise<Claim> {
  const { session, run } = driving
  await prepare(session)
  return drive(driving, ({ claim, holder }) => {
    if (!claim) throw new NoClaim(run)
    if (claim.node.run !== run) throw new Claimed(claim.node, holder?.node)
    if (holder && holder.stat.ephemeralOwner !== session.id) {
      throw new Claimed(claim.node, holder.node, 'Its driver was there a moment ago.')
    }
    return claim.node
  })
}

/** Milliseconds between two looks for a ghost. */
const lookAgain = 100

/** Judges what stands, and becomes the driver of the claim that `admit` answers; judges anew when somebody came between. */
async function drive(driving: Driving, admit: (seen: Standing) => ClaimNode | 'wait'): Promise<Claim> {
  const { session } = driving
  for (;;) {
    const counter = await currentToken(session)
    const seen = await standing(session)
    const admitted = admit(seen)
    if (admitted === 'wait') {
      await pause(lookAgain)
      continue
    }
    const node: ClaimNode = { ...admitted, who: driving.who, state: 'running', token: counter.token + 1 }
    try {
      return claimed(driving, node, await raise(session, counter, becomeDriver(driving, node, seen)))
    } catch (thrown) {
      if (await isOurs(driving, node, thrown)) {
        return claimed(driving, node, { token: counter.token + 1, version: counter.version + 1 })
      }
    }
  }
}

function connectionLost(thrown: unknown): undefined {
  if (!(thrown instanceof ConnectionLost)) throw thrown
}

function becomeDriver({ run, who, now }: Driving, node: ClaimNode, { claim, holder }: Standing): readonly Change[] {
  const driver: HolderNode = { format: 1, run, who, since: now().toISOString(), token: node.token }
  return [
    claim
      ? { set: paths.claim, data: toBytes(node), version: claim.version }
      : { create: paths.claim, data: toBytes(node), mode: 'persistent' },
    ...(holder ? [{ remove: paths.holder, version: holder.stat.version }] : []),
    { create: paths.holder, data: toBytes(driver), mode: 'ephemeral' },
  ]
}

/** After a failed attempt: whether it succeeded all the same (its answer was lost). False: look again. @throws what can't be helped */
async function isOurs({ session, run }: Driving, node: ClaimNode, thrown: unknown): Promise<boolean> {
  if (thrown instanceof BadVersion || thrown instanceof NodeExists || thrown instanceof NoNode) return false
  if (!(thrown instanceof ConnectionLost && thrown.sent)) throw thrown
  const { claim, holder } = await standing(session).catch((cause: unknown) => {
    throw new Unconfirmed(run, cause)
  })
  return claim?.node.token === node.token && holder?.stat.ephemeralOwner === session.id
}

function claimed({ session, clock, run }: Driving, first: ClaimNode, { token, version }: Counter): Claim {
  let node = first
  const stillDriver: Change = { check: paths.token, version }
  const guard: readonly Change[] = [
    stillDriver,
    { check: paths.claim, version: anyVersion },
    { check: paths.holder, version: anyVersion },
  ]
  const { hold, stop } = holdOn({ session, clock, run, token, guard })

  /** Changes that only the present driver may make. Asked again after a lost line, since each leaves nothing to be done twice. */
  const asDriver = async (changes: readonly Change[], isDone: (seen: Standing) => boolean): Promise<void> => {
    for (;;) {
      try {
        return await session.multi([stillDriver, ...changes])
      } catch (thrown) {
        if (thrown instanceof ConnectionLost && !hold.lost.aborted) {
          const seen = await standing(session).catch(connectionLost)
          if (seen && isDone(seen)) return
          continue
        }
        if (hold.lost.aborted) throw hold.lost.reason
        if (thrown instanceof BadVersion) throw new ClaimLost('another driver has taken it', run, thrown)
        if (thrown instanceof NoNode) throw new ClaimLost('it was removed, or its session ended', run, thrown)
        throw thrown
      }
    }
  }
  const write = (next: ClaimNode): Change => ({ set: paths.claim, data: toBytes(next), version: anyVersion })
  const removeHolder: Change = { remove: paths.holder, version: anyVersion }

  return {
    token,
    get node() {
      return node
    },
    hold,
    async setState(state) {
      const next = { ...node, state }
      await asDriver([write(next)], ({ claim }) => claim?.node.token === token && claim.node.state === state)
      node = next
    },
    async leave() {
      const next: ClaimNode = { ...node, state: 'paused' }
      await asDriver([write(next), removeHolder], ({ claim, holder }) => claim?.node.state === 'paused' && !holder)
      stop()
      node = next
    },
    async release() {
      await asDriver(
        [{ remove: paths.claim, version: anyVersion }, removeHolder],
        ({ claim }) => claim === undefined || claim.node.token !== token,
      )
      stop()
    },
  }
}
