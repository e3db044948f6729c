// One connection per node, shared by all who ask, closed when nobody needs it, dialled anew when somebody does or after a drop. Jump hosts are shared in the same way.
import type { Secret } from '../secret.ts'
import { ConnectedHost } from './connected-host.ts'
import { dial, type Pulse, type Target } from './dial.ts'
import { NotSupported } from './errors.ts'
import type { Host, Hosts } from './host.ts'
import type { Line } from './line.ts'
import { sshFiles } from './ssh-files.ts'
import { type NodeToReach, type SshSettings, wayTo } from './targets.ts'

export interface HostsOptions {
  readonly nodes: readonly NodeToReach[]
  readonly ssh: SshSettings
  readonly pulse: Pulse
  /** Milliseconds without an open channel after which a connection is closed, a minute unless said: ten thousand agents are too many to keep. */
  readonly idleAfter?: number
  /** For nodes whose sudo wants one. Read at each dial, so that it may come from a command. */
  readonly sudoPassword?: () => Promise<Secret>
  /** Runs before anybody gets the host; what it throws closes the connection and is what callers get. */
  readonly afterLogin: (host: Host) => Promise<void>
}

/** A frozen host is noticed after 15 s: three times this interval. */
export const usualPulse: Pulse = { connectWithin: 20_000, keepaliveEvery: 5_000, keepaliveMisses: 2 }

/** Opens nothing yet: a node is dialled when it is first asked for. */
export function openHosts(options: HostsOptions): Hosts {
  return new SharedHosts(options)
}

interface Reached {
  readonly line: Line
  readonly host: Host
}

class SharedHosts implements Hosts {
  readonly #options: HostsOptions
  readonly #nodes: ReadonlyMap<string, NodeToReach>
  readonly #reached = new Map<string, Promise<Reached>>()
  readonly #jumps = new Map<string, Promise<Line>>()
  readonly #files = sshFiles()
  readonly #up = new Set<Line>()
  #sweeping: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: HostsOptions) {
    this.#options = options
    this.#nodes = new Map(options.nodes.map(node => [node.name, node]))
  }

  async host(name: string): Promise<Host> {
    const node = this.#nodes.get(name)
    if (!node) throw new NotSupported(name, { what: `there is no node ${name} in the inventory` })
    const { host, line } = await this.#shared(
      this.#reached,
      name,
      () => this.#reach(node),
      reached => reached.line,
    )
    line.handedOut()
    return host
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeping)
    const reached = await Promise.allSettled(this.#reached.values())
    const jumps = await Promise.allSettled(this.#jumps.values())
    for (const one of reached) if (one.status === 'fulfilled') one.value.line.close()
    for (const one of jumps) if (one.status === 'fulfilled') one.value.close()
  }

  async #reach(node: NodeToReach): Promise<Reached> {
    const way = await wayTo(node, this.#options.ssh, this.#files)
    const line = await this.#dialAlong(way)
    try {
      const host = new ConnectedHost(node.name, node.address, line, await this.#options.sudoPassword?.())
      await this.#options.afterLogin(host)
      return { line, host }
    } catch (error) {
      line.close()
      throw error
    }
  }

  async #dialAlong(way: readonly Target[]): Promise<Line> {
    const [last, ...jumps] = way.toReversed()
    if (!last) throw new Error('a way to a node has at least the node itself')
    const [jump] = jumps
    if (!jump) return this.#watched(await dial(last, this.#options.pulse))
    const via = jumps.toReversed()
    const key = via.map(({ user, host, port }) => `${user}@${host}:${port}`).join(',')
    const through = await this.#shared(
      this.#jumps,
      key,
      () => this.#dialAlong(via),
      line => line,
    )
    const tunnel = await through.forward(last.host, last.port, { within: this.#options.pulse.connectWithin })
    return this.#watched(await dial(last, this.#options.pulse, tunnel))
  }

  /** Closes it once it has been idle for long enough. A jump host is not idle while it carries a line to a node. */
  #watched(line: Line): Line {
    this.#up.add(line)
    if (this.#closed) return line
    const idleAfter = this.#options.idleAfter ?? 60_000
    const sweep = () => {
      for (const one of this.#up) {
        if (!one.dropped && one.idleFor >= idleAfter) one.close()
        if (one.dropped) this.#up.delete(one)
      }
    }
    this.#sweeping ??= setInterval(sweep, idleAfter / 2).unref()
    return line
  }

  /** What is there already or under way, unless its line dropped; otherwise what `make` gives. A failure is not remembered. */
  async #shared<T>(
    kept: Map<string, Promise<T>>,
    key: string,
    make: () => Promise<T>,
    lineOf: (value: T) => Line,
  ): Promise<T> {
    if (this.#closed) throw new NotSupported(key, { what: 'the connections to the nodes were closed' })
    const there = kept.get(key)
    if (there) {
      const value = await there
      if (!lineOf(value).dropped) return value
      if (kept.get(key) === there) kept.delete(key)
      return this.#shared(kept, key, make, lineOf)
    }
    const made = make()
    kept.set(key, made)
    try {
      return await made
    } catch (error) {
      if (kept.get(key) === made) kept.delete(key)
      throw error
    }
  }
}
