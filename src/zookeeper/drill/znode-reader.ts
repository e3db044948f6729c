// Asks a ZooKeeper server of many znodes over one line, pipelined: data, ACL and stat of each, byte for byte. Reads only.
// Our sessions' client decodes paths and makes null data empty; a comparison wants the bytes as they are.
import type { Duplex } from 'node:stream'
import { type Acl, JuteReader } from '../files/jute.ts'
import type { PersistedStat } from '../files/snapshot-znode.ts'

/** As a client sees it. */
export interface ServedZnode {
  readonly data: Buffer | null
  readonly acl: readonly Acl[]
  readonly stat: ServedStat
}

/** `cversion` as a client sees it: what was created and deleted. */
interface ServedStat extends PersistedStat {
  readonly dataLength: number
  readonly numChildren: number
}

/** Op codes and errors of apache/zookeeper ZooDefs.OpCode and KeeperException.Code. */
const GET_DATA = 4
const GET_ACL = 6
const CLOSE_SESSION = -11
const NO_NODE = -101

const SESSION_TIMEOUT_MS = 60_000
/** Milliseconds in which a server that was asked something must say something. */
const SILENCE_MS = 30_000

const mostAnsweredKept = 4096

type Answer = (reply: JuteReader, error: number) => void

export class ZnodeReader {
  readonly #line: Duplex
  /** A queue: answers come in the order of their questions. `#answered` of them are through. */
  #waiting: { readonly take: Answer; readonly reject: (error: unknown) => void }[] = []
  #answered = 0
  #broken: Error | undefined
  readonly #frames = new FrameBuffer()
  #xid = 0
  #shaking: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined
  #heard = Date.now()
  readonly #watch: NodeJS.Timeout
  /** The last transaction that the server had applied when it gave its last answer. */
  zxid = 0n

  private constructor(line: Duplex) {
    this.#line = line
    line.on('data', (piece: Buffer) => this.#take(piece))
    line.on('error', error => this.#fail(error))
    line.on('close', () => this.#fail(new Error('the scratch ZooKeeper closed the connection')))
    this.#watch = setInterval(() => {
      const isAsked = this.#answered < this.#waiting.length || this.#shaking !== undefined
      if (!isAsked) this.#heard = Date.now()
      else if (Date.now() - this.#heard > SILENCE_MS)
        this.#fail(new Error(`the scratch ZooKeeper said nothing for ${SILENCE_MS / 1000} s`))
    }, 1000).unref()
  }

  /** Opens a session: one transaction on that server, which changes no znode. */
  static async open(line: Duplex): Promise<ZnodeReader> {
    const reader = new ZnodeReader(line)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    reader.#shaking = { resolve, reject }
    // Protocol version, last zxid seen, time-out, session (none), password, read-only.
    const hello = Buffer.alloc(4 + 8 + 4 + 8 + 4 + 16 + 1)
    hello.writeInt32BE(SESSION_TIMEOUT_MS, 12)
    hello.writeInt32BE(16, 24)
    line.write(framed(hello))
    await promise
    return reader
  }

  /**
   * In the order of the paths; undefined where there is no such znode. A second call may be made before the first is answered.
   * @throws Error where the line breaks
   */
  readAll(paths: readonly Buffer[]): Promise<readonly (ServedZnode | undefined)[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (ServedZnode | undefined)[]>()
    if (this.#broken) return Promise.reject(this.#broken)
    const seen: (ServedZnode | undefined)[] = []
    const requests: Buffer[] = []
    const ask = (type: number, body: Buffer, take: Answer) => {
      requests.push(framed(Buffer.concat([header(++this.#xid, type), body])))
      this.#waiting.push({ take, reject })
    }
    for (const path of paths) {
      let data: Buffer | null = null
      ask(GET_DATA, Buffer.concat([lengthOf(path), path, Buffer.from([0])]), (reply, error) => {
        if (error === 0) data = reply.buffer()
      })
      ask(GET_ACL, Buffer.concat([lengthOf(path), path]), (reply, error) => {
        seen.push(
          error === NO_NODE ? undefined : { data, acl: reply.vector(() => reply.acl()) ?? [], stat: statIn(reply) },
        )
        if (seen.length === paths.length) resolve(seen)
      })
    }
    this.#line.write(Buffer.concat(requests))
    return promise
  }

  close(): void {
    clearInterval(this.#watch)
    this.#line.removeAllListeners('close')
    this.#line.end(framed(header(++this.#xid, CLOSE_SESSION)))
  }

  #take(piece: Buffer): void {
    this.#heard = Date.now()
    try {
      for (const frame of this.#frames.push(piece)) {
        if (this.#shaking) {
          this.#shaking.resolve()
          this.#shaking = undefined
          continue
        }
        const reply = new JuteReader(frame)
        const xid = reply.int()
        if (xid < 0) continue // an event or the answer to a ping
        this.zxid = reply.unsignedLong()
        const error = reply.int()
        if (error !== 0 && error !== NO_NODE) throw new Error(`the scratch ZooKeeper answered error ${error}`)
        this.#waiting[this.#answered++]?.take(reply, error)
      }
      if (this.#answered === this.#waiting.length) {
        this.#waiting = []
        this.#answered = 0
      } else if (this.#answered > mostAnsweredKept) {
        this.#waiting = this.#waiting.slice(this.#answered)
        this.#answered = 0
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #fail(error: Error): void {
    clearInterval(this.#watch)
    this.#broken ??= error
    this.#shaking?.reject(error)
    for (const { reject } of this.#waiting.slice(this.#answered)) reject(error)
    this.#waiting = []
    this.#answered = 0
    this.#line.destroy()
  }
}

function statIn(reply: JuteReader): ServedStat {
  return {
    czxid: reply.unsignedLong(),
    mzxid: reply.unsignedLong(),
    ctime: reply.time(),
    mtime: reply.time(),
    version: reply.int(),
    cversion: reply.int(),
    aversion: reply.int(),
    ephemeralOwner: reply.unsignedLong(),
    dataLength: reply.int(),
    numChildren: reply.int(),
    pzxid: reply.unsignedLong(),
  }
}

function header(xid: number, type: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeInt32BE(xid)
  bytes.writeInt32BE(type, 4)
  return bytes
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return length
}

const framed = (bytes: Buffer): Buffer => Buffer.concat([lengthOf(bytes), bytes])

/** Cuts what comes into frames, each behind its length. */
class FrameBuffer {
  #rest: Buffer[] = []
  #length = 0

  push(piece: Buffer): Buffer[] {
    this.#rest.push(piece)
    this.#length += piece.length
    const whole: Buffer[] = []
    for (;;) {
      if (this.#length < 4) return whole
      if ((this.#rest[0]?.length ?? 0) < 4) this.#join()
      const end = 4 + (this.#rest[0]?.readInt32BE() ?? 0)
      if (this.#length < end) return whole
      const all = this.#join()
      whole.push(all.subarray(4, end))
      const rest = all.subarray(end)
      this.#rest = rest.length > 0 ? [rest] : []
      this.#length = rest.length
    }
  }

  #join(): Buffer {
    const [first, ...more] = this.#rest
    const all = more.length === 0 && first ? first : Buffer.concat(this.#rest)
    this.#rest = [all]
    return all
  }
}
