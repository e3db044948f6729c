// One ZooKeeper session over one line that carries hundreds of requests at a time. Answers come in order; a lost line is final, and whoever asked begins anew.
//
// Beside `session/`, whose sessions hold claims: there the question is whether an answer can be believed, here how many can be had in a second.
import type { Duplex } from 'node:stream'
import { because } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { JuteReader } from '../files/jute.ts'
import { within } from '../session/deadline.ts'
import { AuthFailed, ConnectionLost, errorOf, NoServer } from '../session/errors.ts'
import { isHandshakeAnswer, longestFrame, NotZooKeeper } from '../session/frames.ts'
import { dial, type Server } from '../session/search.ts'
import { type ByteString, FrameWriter } from './frame-writer.ts'
import { code, op, xidOf } from './protocol.ts'
import { Window } from './window.ts'

export interface PipeOptions {
  /** In the order in which they are tried. */
  readonly dial: readonly Server[]
  /** Milliseconds: the session's time-out, and the longest silence that is waited through. */
  readonly timeoutMs: number
  /** `user:password` of the digest scheme. */
  readonly auth?: Secret
}

/** `error` 0: `body` is the answer behind its header. Its bytes are good until the call returns. `zxid`: the state that the server answered from. */
export type Reply = (error: number, body: JuteReader, zxid: bigint) => void

interface Asked {
  readonly xid: number
  readonly sentAt: number
  readonly reply: Reply
}

const nothing = new JuteReader(Buffer.alloc(0))
/** Requests are sent together once they take so many bytes, or nobody has more to ask for now. */
const sendAt = 64 * 1024

/** @throws NoServer, AuthFailed */
export async function openPipe({ dial: servers, timeoutMs, auth }: PipeOptions): Promise<Pipe> {
  const failures: string[] = []
  for (const server of servers) {
    let pipe: Pipe | undefined
    try {
      pipe = new Pipe(await dial(server, timeoutMs / 3), server.name, timeoutMs, auth)
      const late = () => new Error(`no answer to the handshake within ${Math.round(timeoutMs / 3)} ms`)
      await within(timeoutMs / 3, pipe.opened, late)
      return pipe
    } catch (thrown) {
      pipe?.drop(because(thrown))
      if (thrown instanceof AuthFailed) throw thrown
      failures.push(`${server.name}: ${because(thrown)}`)
    }
  }
  throw new NoServer(`No ZooKeeper server answered (${failures.join('; ')})`)
}

export class Pipe {
  /** The server's name. */
  readonly to: string
  readonly window = new Window()
  /** Resolves once the session is granted and the user accepted. Use `openPipe`. */
  readonly opened: Promise<void>
  #whenHeard: () => void = () => {}
  readonly #line: Duplex
  readonly #out = new FrameWriter()
  readonly #asked: (Asked | undefined)[] = []
  readonly #ticker: NodeJS.Timeout
  readonly #opening = Promise.withResolvers<void>()
  readonly #auth: boolean
  #answered = 0
  #xid = 0
  #rest: Buffer | undefined
  #granted = false
  #timeoutMs: number
  #heardAt = performance.now()
  #sentAt = performance.now()
  #willSend = false
  /** Why it ended; undefined while it is open. */
  why: string | undefined

  constructor(line: Duplex, to: string, timeoutMs: number, auth: Secret | undefined) {
    this.#line = line
    this.to = to
    this.#timeoutMs = timeoutMs
    this.#auth = auth !== undefined
    this.opened = this.#opening.promise
    this.opened.catch(() => {}) // `openPipe` may have given up waiting for it
    line.on('data', (piece: Buffer) => this.#hear(piece))
    line.on('error', error => this.drop(because(error)))
    line.on('end', () => this.drop('closed by the server'))
    line.on('close', () => this.drop('closed'))
    this.#ticker = setInterval(() => this.#look(), Math.max(50, timeoutMs / 12))
    this.#ticker.unref()
    this.#out.begin().int(0).long(0n).int(timeoutMs).long(0n).buffer(Buffer.alloc(16)).boolean(false).end()
    if (auth) {
      this.#out.begin().int(xidOf.auth).int(op.auth).int(0).string('digest').buffer(Buffer.from(auth.reveal())).end()
    }
    this.send()
  }

  /** How many more may be asked now. */
  get room(): number {
    return this.window.size - this.outstanding
  }

  get outstanding(): number {
    return this.#asked.length - this.#answered
  }

  /** Asks; `reply` is called once, with `connectionLoss` where the line went. Sent at the end of this turn at the latest. */
  ask(type: number, body: (to: FrameWriter) => void, reply: Reply): void {
    if (this.#begin(type, reply)) {
      body(this.#out)
      this.#end()
    }
  }

  /** As `ask`, for the requests that name a path and no more; `watch` follows where the request has one. */
  askPath(type: number, path: ByteString, reply: Reply): void {
    if (this.#begin(type, reply)) {
      this.#out.string(path)
      if (type === op.getData || type === op.exists || type === op.getChildren2) this.#out.boolean(false)
      this.#end()
    }
  }

  /** One request, awaited. `body` is a copy. @throws ZooKeeperError */
  call(type: number, what: string, path: ByteString | undefined, body: (to: FrameWriter) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.ask(type, body, (error, from, zxid) => {
        if (error !== 0) return reject(errorOf(error, what, path, this.why ?? ''))
        resolve({ zxid, body: new JuteReader(Buffer.from(from.bytes.subarray(from.at, from.end))) })
      })
    })
  }

  /** After it, reads see all that was committed when it was asked. Takes no zxid. */
  async sync(): Promise<void> {
    await this.call(op.sync, 'sync', '/', to => to.string('/'))
  }

  send(): void {
    if (this.#out.waiting === 0 || this.why !== undefined) return
    this.#sentAt = performance.now()
    this.#line.write(this.#out.take())
  }

  /** Ends the session. */
  async close(): Promise<void> {
    if (this.why === undefined) {
      const late = () => new Error('no answer to the end of the session')
      const closed = this.call(op.closeSession, 'close', undefined, () => {})
      await within(this.#timeoutMs / 6, closed, late).catch(() => {}) // the servers expire it in their time
    }
    this.drop('closed here')
  }

  /** Destroys the line: every request that was not answered ends with `connectionLoss`. */
  drop(why: string): void {
    if (this.why !== undefined) return
    this.why = why
    clearInterval(this.#ticker)
    this.#line.destroy()
    this.#opening.reject(new ConnectionLost(`the connection was lost (${why})`, false))
    for (const asked of this.#asked.slice(this.#answered)) asked?.reply(code.connectionLoss, nothing, 0n)
  }

  #begin(type: number, reply: Reply): boolean {
    if (this.why !== undefined) {
      reply(code.connectionLoss, nothing, 0n)
      return false
    }
    this.#xid = (this.#xid % 0x7fff_ffff) + 1
    const xid = this.#xid
    this.#asked.push({ xid, sentAt: performance.now(), reply })
    this.#out.begin().int(xid).int(type)
    return true
  }

  #end(): void {
    this.#out.end()
    if (this.#out.waiting >= sendAt) this.send()
    if (this.#willSend || this.#out.waiting === 0) return
    this.#willSend = true
    // Servers answer in small pieces; what they lead to leaves together, for each write costs as much as ten requests.
    setImmediate(() => {
      this.#willSend = false
      this.send()
    })
  }

  #hear(piece: Buffer): void {
    if (this.why !== undefined) return
    const now = performance.now()
    this.#heardAt = now
    const bytes = this.#rest ? Buffer.concat([this.#rest, piece]) : piece
    let at = 0
    try {
      while (bytes.length - at >= 4) {
        const length = bytes.readInt32BE(at)
        if (length < 0 || length > longestFrame) throw new NotZooKeeper('it does not answer as ZooKeeper does')
        if (bytes.length - at - 4 < length) break
        if (this.#granted) this.#answer(bytes, at + 4, at + 4 + length, now)
        else this.#grant(bytes.subarray(at, at + 4 + length))
        at += 4 + length
        if (this.why !== undefined) return
      }
    } catch (thrown) {
      this.drop(`an answer could not be read: ${because(thrown)}`)
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined
    if (this.why === undefined) this.#whenHeard()
  }

  /** Calls `askMore` now and after each piece of answers, until `done` settles. @throws what `done` rejects with */
  async askWhileHearing(askMore: () => void, done: Promise<void>): Promise<void> {
    this.#whenHeard = askMore
    try {
      askMore()
      await done
    } finally {
      this.#whenHeard = () => {}
    }
  }

  #grant(frame: Buffer): void {
    if (!isHandshakeAnswer(frame)) throw new NotZooKeeper('it did not answer the handshake as ZooKeeper does')
    const granted = frame.readInt32BE(8)
    if (granted <= 0) throw new NotZooKeeper('it granted no session')
    this.#timeoutMs = granted
    this.#granted = true
    if (!this.#auth) this.#opening.resolve()
  }

  #answer(bytes: Buffer, start: number, end: number, now: number): void {
    const xid = bytes.readInt32BE(start)
    const zxid = bytes.readBigInt64BE(start + 4)
    const error = bytes.readInt32BE(start + 12)
    if (xid === xidOf.ping || xid === xidOf.watch) return
    if (xid === xidOf.auth) {
      if (error !== 0) {
        this.#opening.reject(new AuthFailed('ZooKeeper did not accept the user and password'))
        this.drop('authentication failed')
      } else this.#opening.resolve()
      return
    }
    const asked = this.#asked[this.#answered]
    if (asked?.xid !== xid) throw new NotZooKeeper(`an answer to request ${xid}, wanted ${asked?.xid ?? 'none'}`)
    this.#asked[this.#answered++] = undefined
    if (this.#answered > 4096 && this.#answered * 2 > this.#asked.length) {
      this.#asked.splice(0, this.#answered)
      this.#answered = 0
    }
    this.window.answered(now - asked.sentAt, now)
    asked.reply(error, new JuteReader(bytes, start + 16, end), zxid)
  }

  /** The look at the clock: a quiet line is kept alive, a silent one dropped. */
  #look(): void {
    const now = performance.now()
    const oldest = this.#asked[this.#answered]
    if (oldest && now - Math.max(this.#heardAt, oldest.sentAt) > (this.#timeoutMs * 2) / 3) {
      this.drop(`silent for ${Math.round(now - this.#heardAt)} ms`)
    } else if (now - this.#sentAt > this.#timeoutMs / 3) {
      this.#out.begin().int(xidOf.ping).int(op.ping).end()
      this.send()
    }
  }
}

export interface Answer {
  readonly zxid: bigint
  readonly body: JuteReader
}
