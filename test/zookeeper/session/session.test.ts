// A session against real ZooKeeper servers: requests and their refusals, servers that die or freeze, re-attaching.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Secret } from '../../../src/secret.ts'
import { bootClock } from '../../../src/zookeeper/session/clock.ts'
import { NoClusterId, readClusterId } from '../../../src/zookeeper/session/cluster-id.ts'
import {
  BadVersion,
  NoAuth,
  NodeExists,
  NoNode,
  NotEmpty,
  SessionExpired,
} from '../../../src/zookeeper/session/errors.ts'
import { askWord, parseMntr, parseSrvr } from '../../../src/zookeeper/session/four-letter.ts'
import {
  openSession,
  reopenSession,
  type Session,
  type SessionOptions,
} from '../../../src/zookeeper/session/session.ts'
import { type Ensemble, type EnsembleMember, ensembleUnavailable, startEnsemble } from '../ensemble.ts'
import { until } from '../until.ts'

const timeoutMs = 3000
const text = (words: string) => Buffer.from(words)
const real = test.skipIf(ensembleUnavailable)
const name = (sentence: string) => (ensembleUnavailable ? `${sentence} [skipped: ${ensembleUnavailable}]` : sentence)

let ensemble: Ensemble
const sessions: Session[] = []

async function open(more: Partial<SessionOptions> = {}): Promise<Session> {
  const session = await openSession({ dial: ensemble.members, timeoutMs, clock: bootClock, ...more })
  sessions.push(session)
  return session
}

function memberOf(session: Session): EnsembleMember {
  const { state } = session
  const member = ensemble.members.find(({ name }) => state.is === 'connected' && state.to === name)
  if (!member) throw new Error('not connected')
  return member
}

/** The leader last. */
async function followersFirst(): Promise<readonly EnsembleMember[]> {
  const modes = await Promise.all(ensemble.members.map(ensemble.mode))
  const leads = (member: EnsembleMember) => Number(modes[ensemble.members.indexOf(member)] === 'leader')
  return ensemble.members.toSorted((a, b) => leads(a) - leads(b))
}

beforeAll(async () => {
  if (!ensembleUnavailable) ensemble = await startEnsemble({ members: 3, tickTime: 200 })
}, 30_000)
beforeEach(async () => {
  if (ensembleUnavailable) return
  await Promise.all(sessions.splice(0).map(session => session.close()))
  await ensemble.serving()
}, 30_000)
afterAll(async () => {
  for (const session of sessions) session.detach()
  await ensemble?.stop()
})

real(name('requests are answered, and refusals are told apart by class'), async () => {
  const session = await open()

  expect(await session.create('/r', text('one'), 'persistent')).toBe('/r')
  expect(await session.create('/r/s-', text(''), 'persistent-sequential')).toBe('/r/s-0000000000')
  expect(await session.children('/r')).toEqual(['s-0000000000'])
  expect((await session.set('/r', text('two'), 0)).version).toBe(1)
  const { data, stat } = await session.get('/r')
  expect(data.toString()).toBe('two')
  expect(stat).toMatchObject({ version: 1, numChildren: 1, ephemeralOwner: undefined })
  expect(await session.getAcl('/r')).toEqual([{ perms: 31, scheme: 'world', id: 'anyone' }])
  expect(await session.exists('/nowhere')).toBeUndefined()

  await expect(session.get('/nowhere')).rejects.toThrow(NoNode)
  await expect(session.create('/r', text(''), 'persistent')).rejects.toThrow(NodeExists)
  await expect(session.set('/r', text(''), 0)).rejects.toThrow(BadVersion)
  await expect(session.delete('/r', 1)).rejects.toThrow(NotEmpty)
})

real(name('a multi happens whole or not at all, and version 0 means version 0'), async () => {
  const session = await open()
  await session.create('/v', text('0'), 'persistent')
  await session.multi([{ check: '/v', version: 0 }])
  await session.set('/v', text('1'), 0)

  const stale = session.multi([
    { create: '/w', data: text(''), mode: 'persistent' },
    { check: '/v', version: 0 },
  ])

  await expect(stale).rejects.toThrow(BadVersion)
  await expect(session.multi([{ set: '/v', data: text('2'), version: 0 }])).rejects.toThrow(BadVersion)
  await expect(session.multi([{ remove: '/v', version: 0 }])).rejects.toThrow(BadVersion)
  expect(await session.exists('/w')).toBeUndefined()
})

real(name('what is guarded is refused with NoAuth, and opens with the password'), async () => {
  const auth = new Secret('dcos-master:secret1')
  const owner = await open({ auth })
  await owner.create('/guarded', text('x'), 'persistent', { acl: 'creator' })

  const stranger = await open()
  await expect(stranger.get('/guarded')).rejects.toThrow(NoAuth)
  expect((await owner.getAcl('/guarded'))[0]).toMatchObject({
    scheme: 'digest',
    id: expect.stringMatching(/^dcos-master:/),
  })

  const sameUser = await open({ auth })
  expect((await sameUser.get('/guarded')).data.toString()).toBe('x')
})

real(name('a session outlives the kill of its server, with its ephemeral znodes'), async () => {
  const session = await open()
  await session.create('/mine', text(''), 'ephemeral')
  const { id } = session
  const first = memberOf(session)

  await first.kill()

  const stat = await session.exists('/mine')
  expect(stat?.ephemeralOwner).toBe(id)
  expect(memberOf(session)).not.toBe(first)
  first.start()
})

real(name('a frozen server is left for the next one within two thirds of the session time-out'), async () => {
  const session = await open({ dial: await followersFirst() })
  const frozen = memberOf(session)

  const began = performance.now()
  frozen.freeze()
  try {
    await until('another server', timeoutMs * 2, () => {
      const { state } = session
      return state.is === 'connected' && state.to !== frozen.name
    })
    expect(performance.now() - began).toBeLessThan((timeoutMs * 2) / 3 + 300)
  } finally {
    frozen.thaw()
  }
})

real(name('a session outlives a frozen leader and the election after it'), async () => {
  const session = await open({ dial: (await followersFirst()).toReversed() })
  await session.create('/through-election', text(''), 'ephemeral')
  const { id } = session
  const leader = memberOf(session)

  leader.freeze()
  try {
    await until('a change to be committed again', 15_000, () =>
      session.multi([{ check: '/through-election', version: 0 }]).then(
        () => true,
        () => false,
      ),
    )
    expect((await session.exists('/through-election'))?.ephemeralOwner).toBe(id)
    expect(memberOf(session)).not.toBe(leader)
  } finally {
    leader.thaw()
  }
})

real(name('a new session does not hang on a frozen first server'), async () => {
  const dial = await followersFirst()
  const [first] = dial
  first?.freeze()
  try {
    const began = performance.now()
    const session = await open({ dial })
    expect(performance.now() - began).toBeLessThan(timeoutMs / 2)
    expect(memberOf(session)).not.toBe(first)
  } finally {
    first?.thaw()
  }
})

real(name('with saved credentials another line has the session, and its ephemeral znodes, at once'), async () => {
  const first = await open()
  await first.create('/kept', text(''), 'ephemeral')
  const { credentials } = first
  first.detach()

  const began = performance.now()
  const { session, reattached } = await reopenSession({
    dial: ensemble.members,
    timeoutMs,
    clock: bootClock,
    resume: credentials,
  })
  sessions.push(session)

  expect(reattached).toBe(true)
  expect((await session.exists('/kept'))?.ephemeralOwner).toBe(credentials.id)
  expect(performance.now() - began).toBeLessThan(1000)
})

real(name('credentials of a session that has ended are told, and a fresh session is opened instead'), async () => {
  const first = await open()
  await first.create('/gone', text(''), 'ephemeral')
  const { credentials } = first
  expect(await first.close()).toBe('closed')
  const options = { dial: ensemble.members, timeoutMs, clock: bootClock, resume: credentials }

  await expect(openSession(options)).rejects.toThrow(SessionExpired)
  const { session, reattached } = await reopenSession(options)
  sessions.push(session)

  expect(reattached).toBe(false)
  expect(await session.exists('/gone')).toBeUndefined()
})

real(name('a session that nobody speaks for expires, and re-attaching says so'), async () => {
  const options = { dial: ensemble.members, timeoutMs: 400, clock: bootClock }
  const left = await open(options)
  await left.create('/left', text(''), 'ephemeral')
  const { credentials } = left
  left.detach()
  const watcher = await open()

  await until('expiry', 5000, async () => (await watcher.exists('/left')) === undefined)

  await expect(openSession({ ...options, resume: credentials })).rejects.toThrow(SessionExpired)
})

real(name('the cluster id is read, and what is none is refused'), async () => {
  const session = await open()
  await expect(readClusterId(session)).rejects.toThrow(NoClusterId)
  await session.create('/cluster-id', text('2b1c1a5e-8d0f-4d2a-9c55-0123456789ab'), 'persistent')
  expect(await readClusterId(session)).toBe('2b1c1a5e-8d0f-4d2a-9c55-0123456789ab')
  await session.set('/cluster-id', text('<html>'), 0)
  await expect(readClusterId(session)).rejects.toThrow(/holds "<html>", wanted a UUID/)
})

real(name('srvr and mntr of real servers tell one leader and its followers'), async () => {
  const states = await Promise.all(
    ensemble.members.map(async member => ({
      srvr: parseSrvr(await askWord(await member.connect(1000), 'srvr', 2000)),
      mntr: parseMntr(await askWord(await member.connect(1000), 'mntr', 2000)),
    })),
  )
  expect(states.map(({ srvr }) => srvr.mode).sort()).toEqual(['follower', 'follower', 'leader'])
  for (const { srvr, mntr } of states) {
    expect(srvr.version).toMatch(/^3\.\d+\.\d+$/)
    expect(mntr.mode).toBe(srvr.mode)
    expect(mntr.followers).toBe(srvr.mode === 'leader' ? 2 : undefined)
  }
})
