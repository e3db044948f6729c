// A small ZooKeeper client for the simulated services: one session, kept alive, moved to the next server when one is silent.
// Wire format: apache/zookeeper zookeeper-jute/src/main/resources/zookeeper.jute.
import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'

const ops = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  ping: 11,
  getChildren: 8,
  closeSession: -11,
} as const
const errors: Readonly<Record<number, string>> = {
  [-4]: 'CONNECTION_LOSS',
  [-101]: 'NO_NODE',
  [-110]: 'NODE_EXISTS',
  [-111]: 'NOT_EMPTY',
  [-112]: 'SESSION_EXPIRED',
}
const pingXid = -2
const watchXid = -1
const worldAnyone = [int(1), int(31), text('world'), text('anyone')]

class ZookeeperError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`ZooKeeper: ${code}`)
    this.code = code
  }
}

type Waiting = { readonly resolve: (body: Reader) => void; readonly reject: (error: Error) => void }
type Events = { connected: []; disconnected: []; expired: []; changed: [path: string] }

/**
 * Events: `connected` (again), `disconnected`, `changed` (a watch fired, path given), `expired` (the session is gone,
 * by the server's word or because no server was reached for the session time-out); after `expired` the object is dead.
 */
export class ZookeeperSession extends EventEmitter<Events> {
  readonly #servers: readonly string[]
  readonly #timeout: number
  #id: Buffer<ArrayBufferLike> = Buffer.alloc(8)
  #password: Buffer<ArrayBufferLike> = Buffer.alloc(16)
  #socket: Socket | undefined
  #next: number
  #xid = 0
  #waiting = new Map<number, Waiting>()
  #received: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  #handshaken = false
  #ended = false
  #lastHeard = Date.now()
  #everConnected = false
  #ticker: NodeJS.Timeout

  /** `servers` as host:port, the first one is tried first; `timeout` in milliseconds. */
  constructor(servers: readonly string[], timeout: number) {
    super()
    this.#servers = servers
    this.#timeout = timeout
    this.#next = 0
    this.#connect()
    this.#ticker = setInterval(() => this.#tick(), Math.max(100, timeout / 6))
  }

  get connected(): boolean {
    return this.#handshaken
  }

  /** The session id in hexadecimal, without leading zeros. */
  get sessionId(): string {
    return this.#id.toString('hex').replace(/^0+/, '')
  }

  /** Creates a znode and answers its real path; throws ZookeeperError NODE_EXISTS or NO_NODE. */
  async create(path: string, data: string, kind: 'persistent' | 'ephemeral' | 'ephemeral-sequential'): Promise<string> {
    const flags = { persistent: 0, ephemeral: 1, 'ephemeral-sequential': 3 }[kind]
    const reply = await this.#ask(ops.create, [text(path), text(data), ...worldAnyone, int(flags)])
    return reply.text()
  }

  /** Creates a persistent znode and its parents where they are missing. */
  async ensure(path: string, data = ''): Promise<void> {
    const parts = path.split('/').slice(1)
    for (const [index] of parts.entries()) {
      const last = index === parts.length - 1
      await this.create(`/${parts.slice(0, index + 1).join('/')}`, last ? data : '', 'persistent').catch(
        (error: unknown) => {
          if (!(error instanceof ZookeeperError && error.code === 'NODE_EXISTS')) throw error
        },
      )
    }
  }

  async read(path: string): Promise<string> {
    const reply = await this.#ask(ops.getData, [text(path), bool(false)])
    return reply.text()
  }

  /** As read, but undefined where there is no such znode. */
  async readIfThere(path: string): Promise<string | undefined> {
    return this.read(path).catch((error: unknown) => {
      if (error instanceof ZookeeperError && error.code === 'NO_NODE') return undefined
      throw error
    })
  }

  /** Names below a znode; the next change below it is told as `changed`. */
  async children(path: string): Promise<readonly string[]> {
    const reply = await this.#ask(ops.getChildren, [text(path), bool(true)])
    return Array.from({ length: reply.int() }, () => reply.text())
  }

  async write(path: string, data: string): Promise<void> {
    await this.#ask(ops.setData, [text(path), text(data), int(-1)])
  }

  async remove(path: string): Promise<void> {
    await this.#ask(ops.delete, [text(path), int(-1)])
  }

  /** Ends the session on the server too, so that its ephemeral znodes go at once. */
  async close(): Promise<void> {
    if (this.#handshaken) await this.#ask(ops.closeSession, []).catch(() => undefined)
    this.#end()
  }

  #end(): void {
    this.#ended = true
    clearInterval(this.#ticker)
    this.#drop()
  }

  #tick(): void {
    const silent = Date.now() - this.#lastHeard
    if (this.#everConnected && silent > this.#timeout) this.#expire()
    else if (this.#socket !== undefined && silent > (this.#timeout * 2) / 3) this.#drop()
    else if (this.#socket === undefined) this.#connect()
    else if (this.#handshaken) this.#send(Buffer.concat([int(pingXid), int(ops.ping)]))
  }

  #expire(): void {
    this.#end()
    this.emit('expired')
  }

  #connect(): void {
    const [host = '127.0.0.1', port = '2181'] = (this.#servers[this.#next % this.#servers.length] ?? '').split(':')
    this.#next++
    this.#received = Buffer.alloc(0)
    const socket = connect({ host, port: Number(port), timeout: 0 })
    this.#socket = socket
    if (!this.#everConnected) this.#lastHeard = Date.now()
    socket.on('connect', () => {
      this.#send(
        Buffer.concat([int(0), Buffer.alloc(8), int(this.#timeout), this.#id, bytes(this.#password), bool(false)]),
      )
    })
    socket.on('data', (data: Buffer) => this.#socket === socket && this.#receive(data))
    socket.on('error', () => undefined) // 'close' follows and is where the loss is dealt with
    socket.on('close', () => this.#socket === socket && this.#drop())
  }

  #drop(): void {
    const wasConnected = this.#handshaken
    this.#handshaken = false
    this.#socket?.destroy()
    this.#socket = undefined
    for (const { reject } of this.#waiting.values()) reject(new ZookeeperError('CONNECTION_LOSS'))
    this.#waiting.clear()
    if (wasConnected && !this.#ended) this.emit('disconnected')
  }

  #send(body: Buffer): void {
    this.#socket?.write(Buffer.concat([int(body.length), body]))
  }

  #ask(op: number, parts: readonly Buffer[]): Promise<Reader> {
    if (!this.#handshaken) return Promise.reject(new ZookeeperError('CONNECTION_LOSS'))
    this.#xid++
    const xid = this.#xid
    return new Promise((resolve, reject) => {
      this.#waiting.set(xid, { resolve, reject })
      this.#send(Buffer.concat([int(xid), int(op), ...parts]))
    })
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE()) {
      const length = this.#received.readInt32BE()
      const frame = new Reader(this.#received.subarray(4, 4 + length))
      this.#received = this.#received.subarray(4 + length)
      this.#lastHeard = Date.now()
      if (this.#handshaken) this.#reply(frame)
      else this.#welcome(frame)
    }
  }

  #welcome(frame: Reader): void {
    frame.int()
    const granted = frame.int()
    if (granted <= 0) {
      this.#expire()
      return
    }
    this.#id = frame.raw(8)
    this.#password = frame.bytes()
    this.#handshaken = true
    this.#everConnected = true
    this.emit('connected')
  }

  #reply(frame: Reader): void {
    const xid = frame.int()
    frame.raw(8)
    const code = frame.int()
    if (xid === watchXid) {
      frame.raw(8)
      this.emit('changed', frame.text())
      return
    }
    const waiting = this.#waiting.get(xid)
    this.#waiting.delete(xid)
    if (code === 0) waiting?.resolve(frame)
    else waiting?.reject(new ZookeeperError(errors[code] ?? String(code)))
  }
}

class Reader {
  readonly #from: Buffer
  #at = 0
  constructor(from: Buffer) {
    this.#from = from
  }
  int(): number {
    this.#at += 4
    return this.#from.readInt32BE(this.#at - 4)
  }
  raw(length: number): Buffer {
    this.#at += length
    return this.#from.subarray(this.#at - length, this.#at)
  }
  bytes(): Buffer {
    return this.raw(Math.max(0, this.int()))
  }
  text(): string {
    return this.bytes().toString()
  }
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
function bool(value: boolean): Buffer {
  return Buffer.from([value ? 1 : 0])
}
function bytes(value: Buffer): Buffer {
  return Buffer.concat([int(value.length), value])
}
function text(value: string): Buffer {
  return bytes(Buffer.from(value))
}
