// A request on its way: what it is called, how it is sent, and where its answer goes.
import type { Client } from 'node-zookeeper-client'

/** Where the client puts an answer. */
export interface Answer<T> {
  done(value: T): void
  failed(error: { readonly code: number }): void
}

export interface Request<T> {
  /** For messages, for example `create`. */
  readonly what: string
  readonly path: string | undefined
  /** A change: its answer means that a quorum has committed it. */
  readonly commits: boolean
  send(client: Client, answer: Answer<T>): void
}

/** The cheapest question there is. */
export const stillThere: Request<void> = {
  what: 'ask',
  path: '/',
  commits: false,
  send: (client, answer) => client.exists('/', error => (error ? answer.failed(error) : answer.done())),
}
