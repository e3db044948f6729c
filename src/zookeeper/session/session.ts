// A ZooKeeper session: typed requests, each with a deadline and typed errors, over a connection that notices silence.
import { Connection, type ConnectionOptions } from './connection.ts'
import { ConnectionLost, NoAuth, SessionExpired } from './errors.ts'
import type { Credentials } from './line-client.ts'
import type { Answer, Request } from './request.ts'
import {
  type Acl,
  type AclChoice,
  acls,
  anyVersion,
  type Change,
  type Mode,
  modeFlag,
  opOf,
  pathOf,
  type Stat,
  statOf,
} from './requests.ts'
import type { SessionState } from './state.ts'

export interface SessionOptions extends ConnectionOptions {
  /** Milliseconds to go on trying servers before giving up; `timeoutMs` unless said. */
  readonly openWithin?: number
}

/** `within`: milliseconds for the answer, two thirds of the session time-out unless said. */
export interface Limit {
  readonly within?: number
}

/**
 * Opens a session, or re-attaches to one (`resume`).
 * @throws SessionExpired when the session to resume is gone, and with it its ephemeral znodes
 * @throws AuthFailed
 * @throws NoServer saying what each server answered
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const connection = new Connection(options)
  const session = new Session(connection)
  try {
    await connection.connected(options.openWithin ?? options.timeoutMs)
    return session
  } catch (thrown) {
    session.detach()
    throw thrown
  }
}

/** Re-attaches if the session still lives, else opens a fresh one. @throws AuthFailed, NoServer */
export async function reopenSession(
  options: SessionOptions & { readonly resume: Credentials },
): Promise<{ readonly session: Session; readonly reattached: boolean }> {
  try {
    return { session: await openSession(options), reattached: true }
  } catch (thrown) {
    if (!(thrown instanceof SessionExpired)) throw thrown
    const { resume: _gone, ...fresh } = options
    return { session: await openSession(fresh), reattached: false }
  }
}

/** Passes a node-style callback's answer on. */
const into =
  <T>(answer: Answer<T>) =>
  (error: { readonly code: number } | null | undefined, value: T): void =>
    error ? answer.failed(error) : answer.done(value)

const commit =
  (changes: readonly Change[]): Request<void>['send'] =>
  (client, answer) => {
    const transaction = client.transaction()
    transaction.ops.push(...changes.map(opOf))
    transaction.commit(error => (error ? answer.failed(error) : answer.done()))
  }

/** Every request may throw ConnectionLost (which tells whether it was sent) and SessionExpired. */
export class Session {
  readonly #connection: Connection

  /** Use `openSession`. */
  constructor(connection: Connection) {
    this.#connection = connection
  }

  get state(): SessionState {
    return this.#connection.state
  }

  /** Milliseconds, as negotiated with the server. */
  get timeoutMs(): number {
    return this.#connection.timeoutMs
  }

  /** From this time of the clock on the servers may have expired the session. Only committed changes put it off. */
  get aliveUntil(): number {
    return this.#connection.aliveUntil
  }

  /** 16 hex digits, as `Stat.ephemeralOwner` has them. */
  get id(): string {
    return this.credentials.id
  }

  /** To be kept with mode 0600: with them a new process has this session's ephemeral znodes at once. */
  get credentials(): Credentials {
    return this.#connection.lines.credentials
  }

  /** Returns what ends the listening. */
  listen(listener: (state: SessionState) => void): () => void {
    return this.#connection.listen(listener)
  }

  /** @throws NoNode, NoAuth */
  get(path: string, limit?: Limit): Promise<{ readonly data: Buffer; readonly stat: Stat }> {
    return this.#read('get', path, limit, (client, answer) =>
      client.getData(path, (error, data, stat) =>
        error ? answer.failed(error) : answer.done({ data: data ?? Buffer.alloc(0), stat: statOf(stat) }),
      ),
    )
  }

  exists(path: string, limit?: Limit): Promise<Stat | undefined> {
    return this.#read('exists', path, limit, (client, answer) =>
      client.exists(path, (error, stat) =>
        error ? answer.failed(error) : answer.done(stat ? statOf(stat) : undefined),
      ),
    )
  }

  /** Names, not paths. @throws NoNode, NoAuth */
  children(path: string, limit?: Limit): Promise<readonly string[]> {
    return this.#read('children', path, limit, (client, answer) => client.getChildren(path, into(answer)))
  }

  /**
   * Returns the path, which a sequential mode completes. Anybody may read and change it, unless `acl` says otherwise
   * (`creator` needs a session with `auth`). @throws NodeExists, NoNode (of the parent), NoAuth
   */
  create(path: string, data: Buffer, mode: Mode, limit?: Limit & { readonly acl?: AclChoice }): Promise<string> {
    return this.#change('create', path, limit, (client, answer) =>
      client.create(path, data, acls[limit?.acl ?? 'open'], modeFlag(mode), into(answer)),
    )
  }

  /** @throws BadVersion, NoNode, NoAuth */
  set(path: string, data: Buffer, version: number, limit?: Limit): Promise<Stat> {
    return this.#change('set', path, limit, (client, answer) =>
      client.setData(path, data, version, (error, stat) => (error ? answer.failed(error) : answer.done(statOf(stat)))),
    )
  }

  /** @throws BadVersion, NotEmpty, NoNode, NoAuth */
  delete(path: string, version: number, limit?: Limit): Promise<void> {
    return this.#change('delete', path, limit, (client, answer) => client.remove(path, version, into(answer)))
  }

  /** All or nothing. The error is that of the first change that could not be made. */
  multi(changes: readonly Change[], limit?: Limit): Promise<void> {
    const each = `multi (${changes.map(change => `${Object.keys(change)[0]} ${pathOf(change)}`).join(', ')})`
    return this.#change(each, undefined, limit, commit(changes))
  }

  /**
   * After it, reads see all that was committed when it was called. A committed check stands in for the protocol's own
   * sync, which node-zookeeper-client lacks; it is the stronger of the two, as it takes a quorum's word.
   */
  async sync(limit?: Limit): Promise<void> {
    try {
      await this.#read('sync', '/', limit, commit([{ check: '/', version: anyVersion }]))
    } catch (thrown) {
      if (!(thrown instanceof NoAuth)) throw thrown // a refusal is committed too
    }
  }

  /** @throws NoNode, NoAuth */
  async getAcl(path: string, limit?: Limit): Promise<readonly Acl[]> {
    return this.#read('getAcl', path, limit, (client, answer) =>
      client.getACL(path, (error, entries) =>
        error
          ? answer.failed(error)
          : answer.done(
              (entries ?? []).map(({ permission, id }) => ({ perms: permission, scheme: id.scheme, id: id.id })),
            ),
      ),
    )
  }

  /** Ends the session and with it its ephemeral znodes. Without a server it can't, and the servers expire it in their time. */
  async close(limit?: Limit): Promise<'closed' | 'left to expire'> {
    const closed = await this.#connection.closeSession(limit?.within ?? this.timeoutMs / 3)
    this.detach()
    return closed ? 'closed' : 'left to expire'
  }

  /** Lets go of the line without ending the session: its ephemeral znodes live until it expires or is resumed. */
  detach(): void {
    this.#connection.end({ is: 'closed' }, new ConnectionLost('The ZooKeeper session was closed here', false))
  }

  /** A question may be asked again on the next line, within the same deadline. */
  async #read<T>(what: string, path: string, limit: Limit | undefined, send: Request<T>['send']): Promise<T> {
    const { clock } = this.#connection
    const until = clock.monotonic() + this.#patience(limit)
    for (;;) {
      try {
        return await this.#connection.ask({ what, path, commits: false, send }, until - clock.monotonic())
      } catch (thrown) {
        if (!(thrown instanceof ConnectionLost) || clock.monotonic() >= until || this.state.is === 'closed')
          throw thrown
      }
    }
  }

  #change<T>(what: string, path: string | undefined, limit: Limit | undefined, send: Request<T>['send']): Promise<T> {
    return this.#connection.ask({ what, path, commits: true, send }, this.#patience(limit))
  }

  #patience(limit: Limit | undefined): number {
    return limit?.within ?? (this.timeoutMs * 2) / 3
  }
}
