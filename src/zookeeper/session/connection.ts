// Keeps a session connected: finds a server, asks it at intervals, leaves it when it falls silent, and says how things stand.
import { because } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import type { SessionClock } from './clock.ts'
import { within } from './deadline.ts'
import {
  AuthFailed,
  ConnectionLost,
  connectionLoss,
  errorOf,
  NoServer,
  SessionExpired,
  type ZooKeeperError,
} from './errors.ts'
import { type Credentials, LineClient } from './line-client.ts'
import { afterAnswer, afterHandshake, aliveUntil, type Proof } from './proof.ts'
import { type Request, stillThere } from './request.ts'
import { Candidates, dial, type Server } from './search.ts'
import type { SessionState } from './state.ts'

export interface ConnectionOptions {
  /** In the order in which they are to be tried. */
  readonly dial: readonly Server[]
  /** Milliseconds of silence after which the servers end the session; they clamp it to 2 to 20 of their ticks. */
  readonly timeoutMs: number
  /** Re-attach to this session instead of opening one. */
  readonly resume?: Credentials
  /** `user:password` of the digest scheme. */
  readonly auth?: Secret
  readonly clock: SessionClock
  readonly onState?: (state: SessionState) => void
}

/** A request that ZooKeeper has not answered yet, whether or not anybody still waits for it. */
interface Asked {
  readonly sentAt: number
  /** With the code of a lost connection. The client forgets a request whose answer it could not read, so we remember. */
  fail(answer: { readonly code: number }): void
}

/** Parts of the session time-out. A quiet line is asked after a third; a request that hears nothing for a third means a dead line: two thirds in all. */
const askAfter = 1 / 3
const silence = 1 / 3
/** For one server's dial and handshake, so that a frozen one leaves time for the others. */
const handshake = 1 / 6
/** Milliseconds between two rounds through all servers. */
const breath = 100

export class Connection {
  readonly lines: LineClient
  readonly clock: SessionClock
  readonly #candidates: Candidates
  readonly #listeners = new Set<(state: SessionState) => void>()
  readonly #asked = new Set<Asked>()
  readonly #ticker: NodeJS.Timeout
  #state: SessionState
  #proof: Proof
  #timeoutMs: number
  #heardAt: number
  #chunksHeard = 0
  #sentAt: number
  /** When the last answered request was sent. */
  #answered: number
  #searching = false
  /** Settles the handshake under way. */
  #shaking:
    | { readonly server: Server; readonly sentAt: number; readonly over: (why: string | undefined) => void }
    | undefined
  #to: Server | undefined
  #end: ZooKeeperError | undefined
  readonly #changed = new Set<() => void>()

  constructor(options: ConnectionOptions) {
    const now = options.clock.monotonic()
    this.clock = options.clock
    this.#timeoutMs = options.timeoutMs
    this.#candidates = new Candidates(options.dial)
    this.#state = { is: 'suspended', since: now, because: 'not connected yet' }
    this.#proof = afterHandshake(undefined, now)
    this.#heardAt = now
    this.#sentAt = now
    this.#answered = now
    if (options.onState) this.#listeners.add(options.onState)
    this.lines = new LineClient(options.timeoutMs, options.resume, {
      granted: timeoutMs => this.#granted(timeoutMs),
      expired: () => this.end({ is: 'expired' }, new SessionExpired('The ZooKeeper session has expired')),
      authFailed: () => this.end({ is: 'closed' }, new AuthFailed('ZooKeeper did not accept the user and password')),
      heard: () => {
        this.#heardAt = this.clock.monotonic()
        this.#chunksHeard += 1
        this.#wake()
      },
      gone: why => this.#gone(why),
    })
    if (options.auth) this.lines.client.addAuthInfo('digest', Buffer.from(options.auth.reveal()))
    this.#ticker = setInterval(() => this.#look(), Math.min(1000, Math.max(20, options.timeoutMs / 30)))
    this.#ticker.unref()
    void this.#search()
  }

  get state(): SessionState {
    return this.#state
  }

  get timeoutMs(): number {
    return this.#timeoutMs
  }

  /** From this time of the clock on the servers may have expired the session. Only committed changes put it off. */
  get aliveUntil(): number {
    return aliveUntil(this.#proof, this.#timeoutMs)
  }

  /** Returns what ends the listening. */
  listen(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves once a server has granted the session. @throws what ended it, or NoServer after so many milliseconds */
  async connected(milliseconds: number): Promise<void> {
    await this.#until(() => this.#state.is === 'connected', milliseconds)
    if (this.#end) throw this.#end
    if (this.#state.is !== 'connected')
      throw new NoServer(`No ZooKeeper server answered (${this.#candidates.account || 'none tried'})`)
  }

  /** Sends a request once connected. @throws ConnectionLost (with what is known about its effect) after so many milliseconds */
  async ask<T>(request: Request<T>, milliseconds: number): Promise<T> {
    const { what, path, commits } = request
    const named = path === undefined ? what : `${what} ${path}`
    const until = this.clock.monotonic() + milliseconds
    try {
      await this.connected(milliseconds)
    } catch (thrown) {
      if (!(thrown instanceof NoServer)) throw thrown
      throw new ConnectionLost(`${named}: not connected, nothing was sent`, false, path, thrown)
    }
    const sentAt = this.clock.monotonic()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const settled = () => {
      this.#asked.delete(asked)
      this.#wake()
    }
    const asked: Asked = {
      sentAt,
      fail: ({ code }) => {
        settled()
        if (code !== connectionLoss) this.#answered = Math.max(this.#answered, sentAt)
        reject(this.#end ?? errorOf(code, named, path, this.lines.why))
      },
    }
    this.#asked.add(asked)
    this.#sentAt = sentAt
    try {
      request.send(this.lines.client, {
        done: value => {
          settled()
          this.#answered = Math.max(this.#answered, sentAt)
          const answeredAt = this.clock.monotonic()
          this.#proof = afterAnswer(this.#proof, { sentAt, answeredAt, committed: commits }, this.#timeoutMs)
          resolve(value)
        },
        failed: asked.fail,
      })
    } catch (thrown) {
      settled()
      throw thrown
    }
    return within(
      until - sentAt,
      promise,
      () => new ConnectionLost(`${named}: no answer within ${milliseconds} ms`, true, path),
    )
  }

  /** Asks the server to end the session; true if it answered that it did. Nothing may be asked after it. */
  async closeSession(milliseconds: number): Promise<boolean> {
    const until = this.clock.monotonic() + milliseconds
    await this.#until(() => this.#asked.size === 0 || this.#state.is !== 'connected', milliseconds)
    if (this.#state.is !== 'connected' || this.#asked.size > 0) return false
    const before = this.#chunksHeard
    let heard = false
    this.lines.client.close()
    await this.#until(() => {
      heard ||= this.#state.is === 'connected' && this.#chunksHeard > before
      return heard || this.#state.is !== 'connected'
    }, until - this.clock.monotonic())
    return heard
  }

  /** Final: drops the line, ends waiting and searching. The first end counts. */
  end(state: SessionState & { is: 'expired' | 'closed' }, why: ZooKeeperError): void {
    if (this.#end) return
    this.#end = why
    clearInterval(this.#ticker)
    this.lines.drop(why.message)
    this.#shaking?.over(why.message)
    this.#become(state)
  }

  #become(state: SessionState): void {
    this.#state = state
    this.#wake()
    for (const listener of this.#listeners) listener(state)
  }

  #wake(): void {
    for (const wake of this.#changed) wake()
  }

  async #until(condition: () => boolean, milliseconds: number): Promise<void> {
    if (condition() || this.#end) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => (condition() || this.#end) && resolve()
    this.#changed.add(wake)
    const timer = setTimeout(resolve, Math.max(0, milliseconds))
    await promise
    clearTimeout(timer)
    this.#changed.delete(wake)
  }

  async #search(): Promise<void> {
    if (this.#searching) return
    this.#searching = true
    while (!this.#end && this.#state.is !== 'connected') {
      const server = this.#candidates.first
      const why = await this.#try(server).catch(because)
      if (why === undefined) continue
      this.#candidates.putLast(server, why)
      if (this.#candidates.exhausted) await this.#until(() => false, breath)
    }
    this.#searching = false
  }

  /** Undefined once the server has granted the session, else why it did not. */
  async #try(server: Server): Promise<string | undefined> {
    const milliseconds = this.#timeoutMs * handshake
    const until = this.clock.monotonic() + milliseconds
    const line = await dial(server, milliseconds)
    if (this.#end) {
      line.destroy()
      return 'closed here'
    }
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const sentAt = this.clock.monotonic()
    this.#shaking = { server, sentAt, over: resolve }
    this.lines.attach(line)
    const late = () => new Error(`no answer to the handshake within ${Math.round(milliseconds)} ms`)
    try {
      return await within(until - sentAt, promise, late)
    } catch (thrown) {
      this.lines.drop(because(thrown))
      throw thrown
    } finally {
      this.#shaking = undefined
    }
  }

  #granted(timeoutMs: number): void {
    const shaking = this.#shaking
    if (!shaking) return
    this.#timeoutMs = timeoutMs
    this.#proof = afterHandshake(this.#proof, shaking.sentAt)
    this.#answered = Math.max(this.#answered, shaking.sentAt)
    this.#sentAt = this.clock.monotonic()
    this.#to = shaking.server
    this.#candidates.granted()
    this.#become({ is: 'connected', to: shaking.server.name })
    shaking.over(undefined)
  }

  #gone(why: string): void {
    for (const asked of [...this.#asked]) asked.fail({ code: connectionLoss })
    this.#shaking?.over(why)
    if (this.#end || this.#state.is !== 'connected') return
    if (this.#to) this.#candidates.putLast(this.#to, why)
    this.#become({ is: 'suspended', since: this.clock.monotonic(), because: why })
    void this.#search()
  }

  /** The look at the clock: asks a quiet line, drops a dead one, and owns up when the session may be gone. */
  #look(): void {
    const now = this.clock.monotonic()
    const [oldest] = this.#asked
    if (this.#state.is === 'connected') {
      const quiet = now - Math.max(this.#heardAt, oldest?.sentAt ?? now)
      if (oldest && quiet > this.#timeoutMs * silence) {
        this.lines.drop(`silent for ${Math.round(now - this.#heardAt)} ms`)
      } else if (!oldest && now - this.#sentAt > this.#timeoutMs * askAfter) {
        // An error here is the line's, which `gone` tells; the ask itself has nobody waiting for it.
        this.ask(stillThere, this.#timeoutMs).catch(() => {})
      }
    }
    if (this.#state.is === 'suspended' && now - this.#answered > this.#timeoutMs)
      this.#become({ is: 'lost', since: now })
  }
}
