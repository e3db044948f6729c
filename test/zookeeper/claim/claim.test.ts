// The claim on real ZooKeeper servers: who gets it, who is told what, and that nobody holds it together with somebody else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { DcosctlError } from '../../../src/errors.ts'
import { adoptClaim, type Claim, resumeClaim, takeClaim } from '../../../src/zookeeper/claim/claim.ts'
import { AlreadyReading, Busy, Claimed, ClaimLost, NoClaim } from '../../../src/zookeeper/claim/errors.ts'
import { paths } from '../../../src/zookeeper/claim/format.ts'
import { startReading } from '../../../src/zookeeper/claim/reading.ts'
import { peek, readers, standing } from '../../../src/zookeeper/claim/show.ts'
import { bootClock } from '../../../src/zookeeper/session/clock.ts'
import {
  openSession,
  reopenSession,
  type Session,
  type SessionOptions,
} from '../../../src/zookeeper/session/session.ts'
import { type Ensemble, ensembleUnavailable, startEnsemble } from '../ensemble.ts'
import { faultyWay } from '../faulty-line.ts'
import { thrownBy, until } from '../until.ts'

const timeoutMs = 4000
const real = test.skipIf(ensembleUnavailable)
const name = (sentence: string) => (ensembleUnavailable ? `${sentence} [skipped: ${ensembleUnavailable}]` : sentence)
const ana = { user: 'ana', host: 'laptop-a', pid: 11 }
const ben = { user: 'ben', host: 'laptop-b', pid: 22 }
const clock = bootClock
const now = () => new Date('2026-11-20T03:00:00Z')

let ensemble: Ensemble
const sessions: Session[] = []

async function open(more: Partial<SessionOptions> = {}): Promise<Session> {
  const session = await openSession({ dial: ensemble.members, timeoutMs, clock, ...more })
  sessions.push(session)
  return session
}

const take = (session: Session, run: string, who = ana): Promise<Claim> =>
  takeClaim({ session, clock, run, runbook: 'upgrade', cluster: 'c-1', who, now })
const resume = (session: Session, run: string, who = ana, ghostWithin = 0): Promise<Claim> =>
  resumeClaim({ session, clock, run, who, now, ghostWithin })
const adopt = (session: Session, run: string, who = ben): Promise<Claim> =>
  adoptClaim({ session, clock, run, who, now })
const read = (session: Session, run: string, who = ben) =>
  startReading({ session, clock, run, runbook: 'backup', who, now })

/** Adopts as soon as it is let. */
const adoptWhenLet = (session: Session, run: string, milliseconds: number): Promise<Claim> =>
  until('adoption', milliseconds, () =>
    adopt(session, run).catch((thrown: unknown) => {
      if (thrown instanceof Claimed) return undefined
      throw thrown
    }),
  )

beforeAll(async () => {
  if (!ensembleUnavailable) ensemble = await startEnsemble({ members: 3, tickTime: 200 })
}, 30_000)
beforeEach(async () => {
  if (ensembleUnavailable) return
  await ensemble.serving()
  await Promise.all(sessions.splice(0).map(session => session.close()))
  const broom = await open()
  for (const path of [paths.holder, paths.claim]) if (await broom.exists(path)) await broom.delete(path, -1)
}, 30_000)
afterAll(async () => {
  for (const session of sessions) session.detach()
  await ensemble?.stop()
})

real(name('a claim says who, where, since when, and is gone after its release'), async () => {
  const session = await open()
  const claim = await take(session, 'r1')

  expect((await standing(session)).claim?.node).toEqual({
    format: 1,
    cluster: 'c-1',
    run: 'r1',
    runbook: 'upgrade',
    who: ana,
    since: '2026-11-20T03:00:00.000Z',
    state: 'running',
    token: claim.token,
  })
  expect((await session.exists(paths.holder))?.ephemeralOwner).toBe(session.id)
  await claim.hold.assertHeld()

  await claim.release()
  expect(await standing(session)).toEqual({ claim: undefined, holder: undefined })
  expect((await session.children(paths.root)).toSorted()).toEqual(['reading', 'token'])
})

real(name('a second operator is refused and told who has it, while it runs and while it is paused'), async () => {
  const session = await open()
  const claim = await take(session, 'r1')

  const running = await thrownBy(Claimed, take(await open(), 'r2', ben))
  expect(running.exitCode).toBe(11)
  expect(running.message).toMatch(
    /Run r1 \(upgrade\) of ana@laptop-a has this cluster since 2026-11-20T03:00:00.000Z and is running/,
  )
  expect(running.message).toMatch(/ana@laptop-a \(process 11\) drives it now/)

  await claim.leave()
  const paused = await thrownBy(Claimed, take(await open(), 'r2', ben))
  expect(paused.message).toMatch(/is paused; nobody drives it now/)
  expect(paused.next).toContain('from here, with its journal copied:  dcosctl run adopt r1')
})

real(name('of many that race for a free cluster exactly one wins'), async () => {
  for (let round = 0; round < 3; round += 1) {
    const rivals = await Promise.all(Array.from({ length: 6 }, () => open()))
    const outcomes = await Promise.allSettled(rivals.map((session, n) => take(session, `race-${round}-${n}`)))
    const winners = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const losers = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(winners).toHaveLength(1)
    expect(losers.every(reason => reason instanceof Claimed)).toBe(true)
    await winners[0]?.release()
  }
})

real(name('of two that race to adopt a paused run exactly one wins'), async () => {
  await (await take(await open(), 'r1')).leave()
  const rivals = await Promise.all([open(), open(), open()])
  const outcomes = await Promise.allSettled(rivals.map(session => adopt(session, 'r1')))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

real(name('a paused run is resumed on its workstation only, with a higher token'), async () => {
  const first = await take(await open(), 'r1')
  await first.leave()

  const elsewhere = await thrownBy(Claimed, resume(await open(), 'r1', ben))
  expect(elsewhere.message).toMatch(/belongs to another workstation/)
  await expect(resume(await open(), 'r9')).rejects.toThrow(Claimed)

  const again = await resume(await open(), 'r1')
  expect(again.token).toBeGreaterThan(first.token)
  expect(again.node.state).toBe('running')
  await again.release()
  await expect(resume(await open(), 'r1')).rejects.toThrow(NoClaim)
})

real(name('adopting is refused while the driver is alive, and raises the token once it is not'), async () => {
  const first = await take(await open(), 'r1')
  const other = await open()
  const refused = await thrownBy(Claimed, adopt(other, 'r1'))
  expect(refused.message).toMatch(/Its driver was there a moment ago/)

  await first.leave()
  const adopted = await adopt(other, 'r1')
  expect(adopted.token).toBeGreaterThan(first.token)
  expect(adopted.node).toMatchObject({ run: 'r1', who: ben, since: '2026-11-20T03:00:00.000Z' })

  await expect(resume(await open(), 'r1', ana)).rejects.toThrow(Claimed)
})

real(name('after kill -9 the claim is taken up at once with the saved credentials'), async () => {
  const script = fileURLToPath(new URL('claimant.ts', import.meta.url))
  const child = spawn(process.execPath, [script, 'r1', ...ensemble.members.map(({ port }) => String(port))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const { credentials, token } = z
    .object({ credentials: z.object({ id: z.string(), password: z.string(), lastZxid: z.string() }), token: z.int() })
    .parse(JSON.parse(String(line)))
  child.kill('SIGKILL')
  await once(child, 'exit')
  await expect(resume(await open(), 'r1')).rejects.toThrow(Claimed) // without them, its ghost still drives

  const began = performance.now()
  const { session, reattached } = await reopenSession({ dial: ensemble.members, timeoutMs, clock, resume: credentials })
  sessions.push(session)
  const claim = await resume(session, 'r1')

  expect(performance.now() - began).toBeLessThan(1000)
  expect(reattached).toBe(true)
  expect(claim.token).toBe(token + 1)
  await claim.hold.assertHeld()
  await claim.release()
})

real(name('a second process on the same workstation can not take a run from one that lives'), async () => {
  const driver = await open()
  const claim = await take(driver, 'r1', { ...ana, pid: process.ppid })

  const second = await open({ resume: driver.credentials })
  const refused = await thrownBy(Claimed, resume(second, 'r1', { ...ana, pid: process.pid }))
  expect(refused.message).toContain(`Process ${process.ppid} on this workstation still drives it`)
  await second.close()

  await claim.hold.assertHeld()
  expect(claim.hold.lost.aborted).toBe(false)
  await claim.release()
})

real(name('a claim is known to be ours, and a release to be done, although the answer was lost'), async () => {
  const ways = ensemble.members.map(faultyWay)
  const multi = (path: string) => (frame: Buffer) => frame.readInt32BE(8) === 14 && frame.includes(path)
  const session = await open({ dial: ways })
  const lines: string[] = []
  session.listen(({ is }) => lines.push(is))

  for (const way of ways) way.loseAnswerTo(multi(paths.holder))
  const claim = await take(session, 'r1')
  expect(lines).toEqual(['suspended', 'connected'])
  expect(claim.token).toBe((await standing(session)).claim?.node.token)

  const { state } = session
  const way = ways.find(({ name }) => state.is === 'connected' && state.to === name)
  for (const other of ways) other.loseAnswerTo(() => false)
  way?.loseAnswerTo(multi(paths.holder))
  await claim.release()
  expect(await standing(session)).toEqual({ claim: undefined, holder: undefined })
})

real(name('without credentials the ghost of the crashed driver is waited for'), async () => {
  const crashed = await open({ timeoutMs: 800 })
  await take(crashed, 'r1')
  crashed.detach()

  const claim = await resume(await open(), 'r1', ana, 5000)
  await claim.hold.assertHeld()
  await claim.release()
})

real(name('a driver cut off from all servers knows that it lost before a second one can adopt'), async () => {
  const ways = ensemble.members.map(faultyWay)
  const session = await open({ dial: ways, timeoutMs: 1200 })
  const claim = await take(session, 'r1')
  const rival = await open()
  let lostAt = Number.POSITIVE_INFINITY
  claim.hold.lost.addEventListener('abort', () => {
    lostAt = performance.now()
  })

  for (const way of ways) way.cut()
  const asserted = claim.hold.assertHeld()
  asserted.catch(() => {})
  const adopted = await adoptWhenLet(rival, 'r1', 10_000)
  const adoptedAt = performance.now()

  expect(lostAt).toBeLessThan(adoptedAt)
  await expect(asserted).rejects.toThrow(ClaimLost)
  expect(adopted.token).toBeGreaterThan(claim.token)
})

real(name('a driver cut off in the middle of a quiet hour loses no later than one cut off at once'), async () => {
  const ways = ensemble.members.map(faultyWay)
  const session = await open({ dial: ways, timeoutMs: 1200 })
  const claim = await take(session, 'r1')
  const rival = await open()
  const start = performance.now()
  await until('several proofs', 5000, () => performance.now() - start > 1500)
  expect(claim.hold.lost.aborted).toBe(false)

  for (const way of ways) way.cut()
  const adopting = adoptWhenLet(rival, 'r1', 10_000)
  await until('the loss', 5000, () => claim.hold.lost.aborted)
  expect((await standing(await open())).holder?.node.who).toEqual(ana)
  await adopting
})

real(name('with all servers frozen the claim is lost before any of them could give it away'), async () => {
  const session = await open({ timeoutMs: 1200 })
  const claim = await take(session, 'r1')
  const rival = await open()
  const states: string[] = []
  session.listen(({ is }) => states.push(is))

  for (const member of ensemble.members) member.freeze()
  try {
    const began = performance.now()
    await until('the loss', 5000, () => claim.hold.lost.aborted)
    expect(performance.now() - began).toBeLessThan(1200)
    await expect(claim.hold.assertHeld()).rejects.toThrow(ClaimLost)
  } finally {
    for (const member of ensemble.members) member.thaw()
  }
  await ensemble.serving()
  session.detach()
  const adopted = await adoptWhenLet(rival.state.is === 'connected' ? rival : await open(), 'r1', 10_000)
  expect(adopted.token).toBeGreaterThan(claim.token)
})

real(name('the server of the driver freezes: the claim is kept over to the next server'), async () => {
  const session = await open({ timeoutMs: 3000 })
  const claim = await take(session, 'r1')
  const { state } = session
  const frozen = ensemble.members.find(member => state.is === 'connected' && state.to === member.name)

  frozen?.freeze()
  try {
    await claim.hold.assertHeld()
    expect(claim.hold.lost.aborted).toBe(false)
  } finally {
    frozen?.thaw()
  }
  await claim.release()
})

real(name('the leader of the ensemble freezes: the claim is kept through the election'), async () => {
  const session = await open()
  const claim = await take(session, 'r1')
  const modes = await Promise.all(ensemble.members.map(ensemble.mode))
  const leader = ensemble.members[modes.indexOf('leader')]

  leader?.freeze()
  try {
    await claim.hold.assertHeld()
    expect(claim.hold.lost.aborted).toBe(false)
  } finally {
    leader?.thaw()
  }
  await claim.release()
})

real(name('a driver whose holder or claim was removed by hand loses it at the next question'), async () => {
  const intruder = await open()
  const one = await take(await open(), 'r1')
  await intruder.delete(paths.holder, -1)
  await expect(one.hold.assertHeld()).rejects.toThrow(/removed, or its session ended/)
  expect(one.hold.lost.reason).toBeInstanceOf(ClaimLost)
  await intruder.delete(paths.claim, -1)

  const two = await take(await open(), 'r2')
  await intruder.delete(paths.claim, -1)
  await until('the loss, without being asked', timeoutMs, () => two.hold.lost.aborted)
})

real(name('who was replaced can neither change nor release the claim of the new driver'), async () => {
  const first = await take(await open(), 'r1')
  await (await open()).delete(paths.holder, -1)
  const second = await adopt(await open(), 'r1')

  await expect(first.setState('paused')).rejects.toThrow(ClaimLost)
  await expect(first.release()).rejects.toThrow(ClaimLost)
  await expect(first.leave()).rejects.toThrow(ClaimLost)
  await second.hold.assertHeld()
  expect((await peek(await open())).claim?.node).toMatchObject({ state: 'running', who: ben })
})

real(name('a claim written by another version, or by nobody we know, is refused and left as it is'), async () => {
  const session = await open()
  for (const text of ['{"format":2,"run":"r1"}', '{"format":1}', 'hello']) {
    await session.create(paths.claim, Buffer.from(text), 'persistent')
    for (const attempt of [take(session, 'r2'), resume(session, 'r1'), adopt(session, 'r1')]) {
      const error = await thrownBy(DcosctlError, attempt)
      expect(error.code).toBe('REFUSED')
      expect(error.message).toContain(paths.claim)
    }
    expect((await session.get(paths.claim)).data.toString()).toBe(text)
    await session.delete(paths.claim, -1)
  }
})

real(name('a reading run is refused beside a run at work, goes beside a paused one, and is seen'), async () => {
  const changing = await open()
  const claim = await take(changing, 'r1')
  const session = await open()

  const busy = await thrownBy(Busy, read(session, 'b1'))
  expect(busy.claim.run).toBe('r1')
  expect(await readers(changing)).toEqual([])

  await claim.setState('paused')
  const reading = await read(session, 'b1')
  await reading.hold.assertHeld()
  expect(await readers(changing)).toMatchObject([{ run: 'b1', runbook: 'backup', who: ben }])
  await expect(read(await open(), 'b1')).rejects.toThrow(AlreadyReading)

  await claim.setState('running') // not blocked by the reader, but sees it
  expect(await readers(changing)).toHaveLength(1)
  await reading.end()
  expect(await readers(changing)).toEqual([])
  await claim.release()
})

real(name('a driver that died a moment ago counts as one; then a reading run is told that nobody drives'), async () => {
  const crashed = await open({ timeoutMs: 800 })
  await take(crashed, 'r1')
  crashed.detach()
  const session = await open()

  await expect(read(session, 'b1')).rejects.toThrow(Busy)
  await until('the end of the ghost', 5000, async () => !(await session.exists(paths.holder)))

  const refused = await thrownBy(Claimed, read(session, 'b1'))
  expect(refused.message).toMatch(/Run r1 \(upgrade\) of ana@laptop-a .* is running; nobody drives it now/)
  expect(refused.next).toContain('on laptop-a:  dcosctl run resume r1')
  expect(await readers(session)).toEqual([])
})

real(name('of a reading and a changing run that start together at least one sees the other'), async () => {
  for (let round = 0; round < 5; round += 1) {
    const [one, other] = await Promise.all([open(), open()])
    const [changing, reading] = await Promise.allSettled([take(one, 'r1'), read(other, 'b1')])
    if (changing.status === 'rejected') throw changing.reason
    const seen = await readers(one)
    if (reading.status === 'fulfilled') expect(seen).toHaveLength(1)
    else expect(reading.reason).toBeInstanceOf(Busy)
    if (reading.status === 'fulfilled') await reading.value.end()
    await changing.value.release()
  }
})

real(name('the lock of a reading run vanishes with its process'), async () => {
  const session = await open()
  const reading = await read(session, 'b1')
  const other = await open()
  expect(await readers(other)).toHaveLength(1)
  await session.close()
  expect(reading.hold.lost.aborted).toBe(true)
  expect(await readers(other)).toEqual([])
})
