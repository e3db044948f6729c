// Finding the next server: dial, with a deadline; whoever failed or froze is asked last.
import type { Duplex } from 'node:stream'
import { within } from './deadline.ts'

/** A server of the ensemble, reached by whatever way the caller has. */
export interface Server {
  readonly name: string
  /** A fresh connection to the server's client port, within so many milliseconds. */
  connect(within: number): Promise<Duplex>
}

/** The servers in the order in which they are to be tried, and why each was left last time. */
export class Candidates {
  #order: readonly Server[]
  readonly #failures = new Map<string, string>()
  #triedSinceGrant = 0

  constructor(servers: readonly Server[]) {
    if (servers.length === 0) throw new RangeError('A ZooKeeper session needs at least one server to dial.')
    this.#order = servers
  }

  get first(): Server {
    const [first] = this.#order
    if (!first) throw new RangeError('no servers')
    return first
  }

  /** It failed, or fell silent: all others come before it. */
  putLast(server: Server, why: string): void {
    this.#order = [...this.#order.filter(other => other !== server), server]
    this.#failures.set(server.name, why)
    this.#triedSinceGrant += 1
  }

  granted(): void {
    this.#triedSinceGrant = 0
  }

  /** All were tried and none was any good: time for a breath. */
  get exhausted(): boolean {
    return this.#triedSinceGrant > 0 && this.#triedSinceGrant % this.#order.length === 0
  }

  /** For an error message: what each one answered last. */
  get account(): string {
    return [...this.#failures].map(([name, why]) => `${name}: ${why}`).join('; ')
  }
}

/** Dials, and destroys a line that comes too late. */
export async function dial(server: Server, milliseconds: number): Promise<Duplex> {
  const late = () => new Error(`no connection within ${Math.round(milliseconds)} ms`)
  return within(milliseconds, server.connect(milliseconds), late, line => {
    line.on('error', () => {})
    line.destroy()
  })
}
