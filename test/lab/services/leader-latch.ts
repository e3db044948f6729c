// Who leads among the instances of a simulated service: Curator's leader latch in the real ZooKeeper, as Marathon and Metronome use it.
import { randomUUID } from 'node:crypto'
import { inTurn } from './in-turn.ts'
import { ZookeeperSession } from './zookeeper-session.ts'

type Setup = {
  readonly servers: readonly string[]
  /** Milliseconds. */
  readonly sessionTimeout: number
  readonly election: string
  /** `address:port`, for the others to pass questions on to. */
  readonly self: string
  /** Called once this instance is elected; its state is loaded by the same session. */
  readonly lead: (session: ZookeeperSession) => Promise<void>
}

export class LeaderLatch {
  readonly #setup: Setup
  #session: ZookeeperSession | undefined
  #ownLatch: string | undefined
  #leads = false
  /** As ZooKeeper names it; undefined while it is not known. */
  leader: string | undefined

  constructor(setup: Setup) {
    this.#setup = setup
    this.#contend()
  }

  #contend(): void {
    const { servers, sessionTimeout } = this.#setup
    const session = new ZookeeperSession(servers, sessionTimeout)
    const look = inTurn(async () => {
      const known = await this.#look(session)
      if (!known && session.connected) setTimeout(look, 200)
    })
    this.#session = session
    this.#ownLatch = undefined
    session.on('connected', look)
    session.on('changed', look)
    session.once('expired', () => {
      this.leader = undefined
      if (this.#leads) crash(101, 'The ZooKeeper session is lost')
      this.#contend()
    })
  }

  /** Whether it is known now who leads. */
  async #look(session: ZookeeperSession): Promise<boolean> {
    if (session !== this.#session) return true
    const { election, lead } = this.#setup
    try {
      this.#ownLatch ??= await this.#join(session)
      const latches = (await session.children(election)).toSorted((a, b) => sequence(a) - sequence(b))
      const [first] = latches
      this.leader = first === undefined ? undefined : await session.readIfThere(`${election}/${first}`)
      const itIsUs = first !== undefined && first === this.#ownLatch
      if (itIsUs && !this.#leads) {
        await lead(session)
        this.#leads = true
      }
      if (!itIsUs && this.#leads) crash(103, 'Lost leadership')
      return true
    } catch (error) {
      console.error(`The election is not known: ${error instanceof Error ? error.message : error}`)
      return false
    }
  }

  async #join(session: ZookeeperSession): Promise<string> {
    const { election, self } = this.#setup
    await session.ensure(election)
    const latch = await session.create(`${election}/_c_${randomUUID()}-latch-`, self, 'ephemeral-sequential')
    return latch.slice(election.length + 1)
  }
}

const sequence = (latch: string): number => Number(latch.slice(-10))

/** Exit codes: mesosphere/marathon core/base/CrashStrategy.scala. */
function crash(code: 101 | 103, why: string): void {
  console.error(`${why}; exiting with ${code}`)
  process.exit(code)
}
