// One SSH connection that is up: opens channels with deadlines, and tells everybody who waits when it drops.
import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import {
  CalledOff,
  DeadlinePassed,
  ForwardingRefused,
  LineDropped,
  type NodeError,
  PortClosed,
  StrangeAnswer,
  Unreachable,
} from './errors.ts'

/** sshd takes 10 sessions per connection unless told otherwise (sshd_config(5), MaxSessions); two are left to chance. */
const sessionsAtOnce = 8

/** Milliseconds. sshd counts a session until it has swept up, a moment after its channel closed. */
const untilNextTry = 50

/** What ends a wait early. */
export interface Limits {
  readonly within: number
  readonly signal?: AbortSignal | undefined
}

export class Line {
  readonly node: string
  readonly user: string
  readonly #client: Client
  readonly #waiting = new Set<(error: NodeError) => void>()
  readonly #queue: { resolve(): void; over(): boolean }[] = []
  #sessions = 0
  #forwards = 0
  #usedAt = performance.now()
  #dropped: NodeError | undefined

  /** Takes over a client that is logged in. */
  constructor(node: string, user: string, client: Client) {
    this.node = node
    this.user = user
    this.#client = client
    client.on('error', error => this.#drop(error.message))
    client.on('close', () => this.#drop('the connection was closed'))
  }

  /** Why the line is gone, once it is. */
  get dropped(): NodeError | undefined {
    return this.#dropped
  }

  /** Calls back once when the line drops, at once if it has. The function returned takes the wish back. */
  onDrop(callback: (error: NodeError) => void): () => void {
    if (this.#dropped) callback(this.#dropped)
    else this.#waiting.add(callback)
    return () => this.#waiting.delete(callback)
  }

  /** Milliseconds since the last channel closed or the line was handed out; 0 while a channel is open. */
  get idleFor(): number {
    return this.#sessions + this.#forwards > 0 ? 0 : performance.now() - this.#usedAt
  }

  /** Somebody was given this line and is about to use it. */
  handedOut(): void {
    this.#usedAt = performance.now()
  }

  /** Starts a command without a pty. `release` must be called when its channel is done, so that another may have the session. */
  async exec(
    command: string,
    limits: Limits,
  ): Promise<{ readonly channel: ClientChannel; readonly release: () => void }> {
    const began = performance.now()
    const left = (): Limits => ({ ...limits, within: Math.max(1, limits.within - (performance.now() - began)) })
    const release = await this.#session(limits)
    try {
      for (;;) {
        const opened = await this.#open(command, left())
        if (opened !== 'taken') return { channel: opened, release }
        await this.wait<void>('a session (sshd took no more; see MaxSessions)', left(), resolve => {
          setTimeout(resolve, untilNextTry)
        })
      }
    } catch (error) {
      release()
      throw error
    }
  }

  /** A channel, or `taken` where sshd has as many sessions as it wants (reason 2 of RFC 4254, 5.1). */
  #open(command: string, limits: Limits): Promise<ClientChannel | 'taken'> {
    return this.wait<ClientChannel | 'taken'>('opening a session', limits, (resolve, reject, over) => {
      this.#client.exec(command, { pty: false }, (error, opened) => {
        if (error && 'reason' in error && error.reason === 2) resolve('taken')
        else if (error) {
          const what = `${this.node} opened no session: ${error.message}`
          reject(new StrangeAnswer(this.node, { what, cause: error }))
        } else if (over()) opened.close()
        else resolve(opened)
      })
    })
  }

  /** A TCP connection that the node makes for us. @throws ForwardingRefused, PortClosed, DeadlinePassed, LineDropped */
  async forward(address: string, port: number, limits: Limits): Promise<Duplex> {
    const closed = () => {
      this.#forwards -= 1
      this.#usedAt = performance.now()
    }
    this.#forwards += 1
    try {
      const opened = await this.wait<Duplex>(`${address}:${port}`, limits, (resolve, reject, over) => {
        this.#client.forwardOut('127.0.0.1', 0, address, port, (error, opened) => {
          if (error) reject(this.#refusal(error, address, port))
          else if (over()) opened.destroy()
          else resolve(opened)
        })
      })
      opened.once('close', closed)
      return opened
    } catch (error) {
      closed()
      throw error
    }
  }

  /** At once, without a goodbye: a socket that was ended first waits for an answer, on a silent line for minutes, and the process with it. */
  close(): void {
    this.#drop('dcosctl closed the connection')
    this.#client.destroy()
  }

  /** A promise that the deadline, the caller's signal or a drop can end. `over()` says whether one of them did. */
  wait<T>(
    what: string,
    { within, signal }: Limits,
    start: (resolve: (value: T) => void, reject: (error: unknown) => void, over: () => boolean) => void,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let settled = false
    const fail = (error: unknown) => {
      settled = true
      reject(error)
    }
    const timer = setTimeout(() => fail(this.late(what, within)), within)
    const calledOff = () => fail(this.calledOff(what))
    signal?.addEventListener('abort', calledOff, { once: true })
    const forget = this.onDrop(fail)
    if (signal?.aborted) calledOff()
    if (!settled) {
      try {
        start(resolve, fail, () => settled)
      } catch (error) {
        fail(this.#dropped ?? new LineDropped(this.node, { what: `the line to ${this.node} is gone`, cause: error }))
      }
    }
    return promise.finally(() => {
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', calledOff)
      forget()
    })
  }

  late(what: string, within: number): DeadlinePassed {
    return new DeadlinePassed(this.node, {
      what: `${this.node} did not finish ${what} within ${within / 1000} s`,
      state: 'What was asked may still be going on there.',
    })
  }

  calledOff(what: string): CalledOff {
    return new CalledOff(this.node, { what: `${what} on ${this.node} was called off` })
  }

  async #session(limits: Limits): Promise<() => void> {
    if (this.#sessions < sessionsAtOnce) this.#sessions += 1
    else
      await this.wait<void>('its other sessions', limits, (resolve, _reject, over) => {
        this.#queue.push({ resolve, over })
      })
    let released = false
    return () => {
      if (released) return
      released = true
      this.#usedAt = performance.now()
      let next = this.#queue.shift()
      while (next?.over()) next = this.#queue.shift()
      if (next) next.resolve()
      else this.#sessions -= 1
    }
  }

  /** Reasons of RFC 4254, 5.1: 1 is administratively prohibited, 2 is connect failed. */
  #refusal(error: Error, address: string, port: number): NodeError {
    const reason = 'reason' in error ? error.reason : undefined
    const at = `${address}:${port}`
    if (reason === 2)
      return new PortClosed(this.node, { what: `nothing listens on ${at} of ${this.node}`, cause: error })
    if (reason === 1)
      return new ForwardingRefused(this.node, {
        what: `sshd on ${this.node} does not forward to ${at}`,
        next: ['allow it with `AllowTcpForwarding local` and PermitOpen in its sshd_config'],
        cause: error,
      })
    return new Unreachable(this.node, {
      what: `${this.node} opened no connection to ${at}: ${error.message}`,
      cause: error,
    })
  }

  #drop(why: string): void {
    if (this.#dropped) return
    const dropped = new LineDropped(this.node, {
      what: `the line to ${this.node} dropped: ${why}`,
      state: 'What was under way there may or may not have happened.',
    })
    this.#dropped = dropped
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const callback of waiting) callback(dropped)
  }
}
