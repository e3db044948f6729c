// node-zookeeper-client over a line that we dial and watch: it encodes, decodes and queues; connecting and noticing silence are ours.
//
// Why its `connect` is replaced instead of giving it a listening relay to dial: any local user could speak to ZooKeeper
// through a port on 127.0.0.1, and the client's own idea of a connection (no deadline on a handshake, no look at silence,
// half a frame of the old line kept for the new one, requests sent late) is what must not decide over a claim.
import type { Duplex } from 'node:stream'
import { type Client, createClient, State } from 'node-zookeeper-client'
import { because } from '../../errors.ts'
import { connectionLoss } from './errors.ts'
import { Frames, isHandshakeAnswer, NotZooKeeper } from './frames.ts'

/** What re-attaches to a session: whoever has it owns the session's ephemeral znodes. Keep it in a file with mode 0600. */
export interface Credentials {
  /** 16 hex digits. */
  readonly id: string
  /** 32 hex digits. */
  readonly password: string
  /** Last zxid seen, 16 hex digits: a server that is behind it refuses, so that nothing older is read. */
  readonly lastZxid: string
}

export interface LineEvents {
  /** A server granted the session, for so many milliseconds of silence. */
  granted(timeoutMs: number): void
  expired(): void
  authFailed(): void
  /** Bytes came. */
  heard(): void
  /** The line is gone and destroyed; every request on it was answered with a connection loss. */
  gone(why: string): void
}

/** `ConnectionManager.STATES.CONNECTING` of the client: the next frame is the answer to a handshake. */
const connecting = 1

export class LineClient {
  readonly client: Client
  #line: Duplex | undefined
  #why = 'not connected yet'
  readonly #events: LineEvents

  constructor(timeoutMs: number, resume: Credentials | undefined, events: LineEvents) {
    this.#events = events
    this.client = createClient('dialled-by-us', {
      sessionTimeout: timeoutMs,
      retries: 0,
      ...(resume && {
        sessionId: Buffer.from(resume.id, 'hex'),
        sessionPassword: Buffer.from(resume.password, 'hex'),
      }),
    })
    const { connectionManager } = this.client
    connectionManager.connect = () => {}
    if (resume) connectionManager.zxid = Buffer.from(resume.lastZxid, 'hex')
    this.client.on('state', ({ code }) => {
      if (code === State.SYNC_CONNECTED.code) events.granted(this.client.getSessionTimeout())
      if (code === State.EXPIRED.code) events.expired()
      if (code === State.AUTH_FAILED.code) events.authFailed()
    })
  }

  /** Why the last line went. */
  get why(): string {
    return this.#why
  }

  get credentials(): Credentials {
    return {
      id: this.client.getSessionId().toString('hex'),
      password: this.client.getSessionPassword().toString('hex'),
      lastZxid: this.client.connectionManager.zxid.toString('hex'),
    }
  }

  /** Takes a fresh line and sends the handshake over it. `granted`, `expired` or `gone` follows; a deadline is the caller's. */
  attach(line: Duplex): void {
    const manager = this.client.connectionManager
    const frames = new Frames()
    let shaken = false
    const is = () => this.#line === line

    this.#line = line
    manager.pendingBuffer = null
    manager.socket = {
      write: bytes => line.write(bytes),
      destroy: () => this.drop('an answer did not match its request'),
      setTimeout: () => {},
    }
    line.on('data', (chunk: Buffer) => {
      if (!is()) return
      this.#events.heard()
      try {
        for (const frame of frames.push(chunk)) {
          if (!shaken && !isHandshakeAnswer(frame))
            throw new NotZooKeeper('it did not answer the handshake as ZooKeeper does')
          shaken = true
          manager.onSocketData(frame)
          if (!is()) return
        }
      } catch (thrown) {
        if (is()) this.drop(`an answer could not be read: ${because(thrown)}`)
      }
    })
    line.on('drain', () => is() && manager.onSocketDrain())
    line.on('error', error => is() && this.drop(because(error)))
    line.on('end', () => is() && this.drop('closed by the server'))
    line.on('close', () => is() && this.drop('closed'))
    manager.setState(connecting)
    manager.onSocketConnected()
  }

  /** Destroys the line. Nothing that was asked on it is ever sent again. */
  drop(why: string): void {
    const line = this.#line
    if (!line) return
    this.#line = undefined
    this.#why = why
    line.destroy()
    const manager = this.client.connectionManager
    const unsent = []
    for (let packet = manager.packetQueue.shift(); packet; packet = manager.packetQueue.shift()) unsent.push(packet)
    manager.onSocketClosed(false)
    for (const { callback } of unsent) callback(Object.assign(new Error('never sent'), { code: connectionLoss }))
    this.#events.gone(why)
  }
}
