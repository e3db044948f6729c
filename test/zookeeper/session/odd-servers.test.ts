// Servers that are silent, talk nonsense or leave in the middle: each is left for the next one, and all is said in the error.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { bootClock } from '../../../src/zookeeper/session/clock.ts'
import { ConnectionLost, NoServer, SessionExpired } from '../../../src/zookeeper/session/errors.ts'
import { openSession, type Session } from '../../../src/zookeeper/session/session.ts'
import type { SessionState } from '../../../src/zookeeper/session/state.ts'
import { thrownBy, until } from '../until.ts'

const servers: Server[] = []
const sessions: Session[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const session of sessions.splice(0)) session.detach()
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

type Behaviour = (chunk: Buffer, socket: Socket, count: number) => void

async function server(name: string, behave: Behaviour) {
  const listening = createServer(socket => {
    let count = 0
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => behave(chunk, socket, count++))
  })
  servers.push(listening)
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    name,
    connect: async () => {
      const socket = connect(address.port, '127.0.0.1')
      sockets.push(socket)
      await new Promise(resolve => socket.once('connect', resolve))
      return socket
    },
  }
}

/** A handshake answered with a session of so many milliseconds; 0 means expired. */
function grant(timeoutMs: number): Buffer {
  const bytes = Buffer.alloc(41)
  bytes.writeInt32BE(37, 0)
  bytes.writeInt32BE(timeoutMs, 8)
  bytes.writeBigUInt64BE(timeoutMs > 0 ? 7n : 0n, 12)
  bytes.writeInt32BE(16, 20)
  return bytes
}

/** Answers every request with "no such znode", which needs no body. */
function refuse(chunk: Buffer, socket: Socket): void {
  const reply = Buffer.alloc(20)
  reply.writeInt32BE(16, 0)
  reply.writeInt32BE(chunk.readInt32BE(4), 4)
  reply.writeInt32BE(-101, 16)
  socket.write(reply)
}

const willing: Behaviour = (chunk, socket, count) => (count === 0 ? socket.write(grant(600)) : refuse(chunk, socket))
const silent: Behaviour = () => {}

async function open(dial: Parameters<typeof openSession>[0]['dial'], more: { resume?: Session['credentials'] } = {}) {
  const states: SessionState[] = []
  const session = await openSession({
    dial,
    timeoutMs: 600,
    clock: bootClock,
    onState: state => states.push(state),
    ...more,
  })
  sessions.push(session)
  return { session, states }
}

test('a server that takes the connection and says nothing is left for the next one', async () => {
  const began = performance.now()
  const { session } = await open([await server('m1', silent), await server('m2', willing)])
  expect(session.state).toEqual({ is: 'connected', to: 'm2' })
  expect(performance.now() - began).toBeLessThan(600)
})

test('a dial that never comes back does not hold up the next one', async () => {
  const never = { name: 'm1', connect: () => new Promise<never>(() => {}) }
  const { session } = await open([never, await server('m2', willing)])
  expect(session.state).toEqual({ is: 'connected', to: 'm2' })
})

test('servers that are no ZooKeeper are named with what they said', async () => {
  const http = await server('m1', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const short = await server('m2', (_, socket) => socket.write(Buffer.from([0, 0, 0, 2, 1, 1])))
  const gone = await server('m3', (_, socket) => socket.end())
  const error = await thrownBy(NoServer, open([http, short, gone]))
  expect(error.message).toMatch(/m1: .*HTTP\/1\.1 400/)
  expect(error.message).toMatch(/m2: .*did not answer the handshake/)
  expect(error.message).toMatch(/m3: closed by the server/)
})

test('an answer longer than any ZooKeeper would give drops the line, not the process', async () => {
  const liar: Behaviour = (_, socket, count) =>
    socket.write(count === 0 ? grant(600) : Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
  const { session, states } = await open([await server('m1', liar), await server('m2', willing)])
  expect(await session.exists('/')).toBeUndefined()
  expect(states).toContainEqual(expect.objectContaining({ is: 'suspended', because: expect.stringMatching(/64 MiB/) }))
  expect(session.state).toEqual({ is: 'connected', to: 'm2' })
})

test('an answer to another request, or one that ends too early, drops the line', async () => {
  const wrongXid: Behaviour = (chunk, socket, count) => {
    if (count === 0) return void socket.write(grant(600))
    chunk.writeInt32BE(999, 4)
    refuse(chunk, socket)
  }
  const truncated: Behaviour = (chunk, socket, count) => {
    if (count === 0) return void socket.write(grant(600))
    const reply = Buffer.alloc(24)
    reply.writeInt32BE(20, 0)
    reply.writeInt32BE(chunk.readInt32BE(4), 4)
    socket.write(reply)
  }
  const m3 = await server('m3', willing)
  const { session } = await open([await server('m1', wrongXid), await server('m2', truncated), m3])
  expect(await session.exists('/')).toBeUndefined()
  expect(session.state).toEqual({ is: 'connected', to: 'm3' })
})

test('an error code nobody knows drops the line, not the process', async () => {
  const strange: Behaviour = (chunk, socket, count) => {
    if (count === 0) return void socket.write(grant(600))
    const reply = Buffer.alloc(20)
    reply.writeInt32BE(16, 0)
    reply.writeInt32BE(chunk.readInt32BE(4), 4)
    reply.writeInt32BE(-118, 16)
    socket.write(reply)
  }
  const { session } = await open([await server('m1', strange)])
  const error = await thrownBy(ConnectionLost, session.create('/a', Buffer.alloc(0), 'persistent'))
  expect(error.sent).toBe(true)
  expect(error.message).toMatch(/Unknown code: -118/)
})

test('a frame cut in two by a lost line does not spoil the next line', async () => {
  const half: Behaviour = (_, socket, count) => {
    if (count === 0) return void socket.write(grant(600))
    socket.end(Buffer.from([0, 0, 0, 16, 0, 0]))
  }
  const { session } = await open([await server('m1', half), await server('m2', willing)])
  expect(await session.exists('/')).toBeUndefined()
  expect(session.state).toEqual({ is: 'connected', to: 'm2' })
})

test('a server that freezes after the handshake is left within two thirds of the session time-out', async () => {
  const freezes: Behaviour = (_, socket, count) => void (count === 0 && socket.write(grant(600)))
  const { session } = await open([await server('m1', freezes), await server('m2', willing)])
  const began = performance.now()
  await until('the next server', 2000, () => session.state.is === 'connected' && session.state.to === 'm2')
  expect(performance.now() - began).toBeLessThan(400 + 150)
})

test('a change that was under way when the line went is never sent again', async () => {
  const creates: number[] = []
  const counts =
    (then: Behaviour): Behaviour =>
    (chunk, socket, count) => {
      if (count > 0 && chunk.readInt32BE(8) === 1) creates.push(count)
      then(chunk, socket, count)
    }
  const hangsUp: Behaviour = (_, socket, count) => void (count === 0 ? socket.write(grant(600)) : socket.destroy())
  const { session } = await open([await server('m1', counts(hangsUp)), await server('m2', counts(willing))])
  const error = await thrownBy(ConnectionLost, session.create('/a', Buffer.alloc(0), 'persistent'))
  expect(error.sent).toBe(true)
  await until('the next server', 2000, () => session.state.is === 'connected' && session.state.to === 'm2')
  await session.exists('/')
  expect(creates).toHaveLength(1)
})

test('a change asked for while no server is there fails as never sent', async () => {
  const m1 = await server('m1', willing)
  let reachable = true
  const once = {
    name: 'm1',
    connect: () => (reachable ? m1.connect() : Promise.reject(new Error('unreachable'))),
  }
  const { session, states } = await open([once])
  reachable = false
  for (const socket of sockets.splice(0)) socket.destroy()
  await until('the lost line', 2000, () => session.state.is !== 'connected')
  const error = await thrownBy(ConnectionLost, session.create('/a', Buffer.alloc(0), 'persistent', { within: 50 }))
  expect(error.sent).toBe(false)
  await until('owning up that it may be gone', 3000, () => states.some(({ is }) => is === 'lost'))
})

test('a session that the server calls expired is over, for requests under way too', async () => {
  const expires: Behaviour = (chunk, socket, count) => (count === 0 ? socket.write(grant(0)) : refuse(chunk, socket))
  const hangsUp: Behaviour = (_, socket, count) => void (count === 0 ? socket.write(grant(600)) : socket.destroy())
  const m2 = await server('m2', expires)
  const { session, states } = await open([await server('m1', hangsUp), m2])
  await expect(session.get('/a')).rejects.toThrow(SessionExpired)
  expect(states.at(-1)).toEqual({ is: 'expired' })
  await expect(open([m2], { resume: session.credentials })).rejects.toThrow(SessionExpired)
})
