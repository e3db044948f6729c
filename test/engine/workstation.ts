// The machine on which dcosctl runs, for tests of the engine: what it wrote is durable, everything else dies with it.
//
// Each thing that can be told apart from outside is a point with a name: `write EVENT` before a record is on disk and `written EVENT`
// after it (each record of an append by itself), `look`, `assert-held`, `before PART`, `begun PART`, `ended PART`, `ask CHECK`, `choose`.
// At a point the power can go (`cutAt`), or the test can do something (`at`). A dead workstation's calls never return.
import { abandon, execute, resume } from '../../src/engine/engine.ts'
import { ClaimLost } from '../../src/engine/errors.ts'
import type { Outcome, RunEvent, Told } from '../../src/engine/events.ts'
import type { Checkers, Performer, Performers, Ports } from '../../src/engine/ports.ts'
import { fold, type RunState } from '../../src/engine/state.ts'
import type { Plan } from '../../src/plan/types.ts'
import { checkers, choose, type FakeCluster, performers, type Toy, type ToyCheck } from './fake-cluster.ts'

export type ToyPlan = Plan<Toy, ToyCheck>
export type Disk = RunEvent[]

export class Workstation {
  readonly told: Told[] = []
  readonly points: string[] = []
  readonly claim = new AbortController()
  readonly stop = new AbortController()
  readonly detach = new AbortController()
  readonly rendererErrors: unknown[] = []
  readonly ports: Ports<Toy, ToyCheck, FakeCluster>
  /** Appends fail from now on. */
  diskIsFull = false
  /** Renderers throw from now on. */
  rendererThrows = false
  readonly died: Promise<'died'>

  private readonly disk: Disk
  private readonly hooks: { readonly point: string; readonly run: () => void }[] = []
  private readonly cut: number
  private readonly die: (dead: 'died') => void
  private dead = false

  constructor(cluster: FakeCluster, disk: Disk = [], { cutAt = Number.POSITIVE_INFINITY }: { cutAt?: number } = {}) {
    this.disk = disk
    this.cut = cutAt
    const { promise, resolve } = Promise.withResolvers<'died'>()
    this.died = promise
    this.die = resolve
    this.ports = this.makePorts(cluster)
  }

  /** The power goes now. */
  cutNow(): void {
    this.dead = true
    this.die('died')
  }

  /** Lets go of what a killed run still waits for. Nothing comes of it, but a signal that is composed of others lives as long as somebody listens to it. */
  bury(): void {
    this.dead = true
    for (const controller of [this.claim, this.stop, this.detach]) controller.abort()
  }

  /** Once, when the run comes to this point. */
  at(point: string, run: () => void): this {
    this.hooks.push({ point, run })
    return this
  }

  execute(plan: ToyPlan): Promise<Outcome> {
    return execute(plan, 'run-1', this.ports)
  }

  /** Goes on from what is on disk. */
  resume(): Promise<Outcome> {
    return resume(this.state, this.ports)
  }

  abandon(): Promise<Outcome> {
    return abandon(this.state, this.ports, 'operator', 'the window is over')
  }

  /** What the journal on disk folds to. */
  get state(): RunState {
    const state = fold(this.disk)
    if (!state) throw new Error('there is nothing on disk to go on from')
    return state
  }

  private async point(name: string): Promise<void> {
    if (this.dead) return forever()
    this.points.push(name)
    if (this.points.length === this.cut) this.cutNow()
    const at = this.hooks.findIndex(({ point }) => point === name)
    if (at !== -1 && !this.dead) this.hooks.splice(at, 1)[0]?.run()
    if (this.dead) await forever()
  }

  private async alive<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise
    } finally {
      if (this.dead) await forever()
    }
  }

  private makePorts(cluster: FakeCluster): Ports<Toy, ToyCheck, FakeCluster> {
    const { clock } = cluster
    return {
      by: { user: 'operator', host: 'workstation', pid: 1 },
      world: cluster,
      performers: this.performers(),
      checkers: this.checkers(),
      choose: async (rolling, lanes, world) => {
        await this.point('choose')
        return choose(rolling, lanes, world)
      },
      journal: { append: events => this.append(events) },
      clock: {
        now: clock.now,
        monotonic: clock.monotonic,
        sleep: (milliseconds, signal) => this.alive(clock.sleep(milliseconds, signal)),
      },
      hold: {
        token: 1,
        lost: this.claim.signal,
        assertHeld: async () => {
          await this.point('assert-held')
          if (this.claim.signal.aborted) throw new ClaimLost('the claim went to somebody else')
        },
      },
      interruption: { stop: this.stop.signal, detach: this.detach.signal },
      tell: event => {
        if (this.rendererThrows) throw new Error('the terminal is gone')
        this.told.push(event)
      },
      rendererFailed: error => this.rendererErrors.push(error),
    }
  }

  private async append(events: readonly RunEvent[]): Promise<void> {
    for (const event of events) {
      const name = 'part' in event ? `${event.event} ${event.part}` : event.event
      await this.point(`write ${name}`)
      if (this.diskIsFull) throw new Error('ENOSPC: no space left on device')
      this.disk.push(event)
      await this.point(`written ${name}`)
    }
  }

  private performers(): Performers<Toy, FakeCluster> {
    const watched = <A extends Toy>({ look, perform }: Performer<A, FakeCluster>): Performer<A, FakeCluster> => ({
      look: async (action, world, context) => {
        await this.point(`look ${context.part}`)
        return look(action, world, context)
      },
      perform: async (action, world, context) => {
        await this.point(`before ${context.part}`)
        const performing = perform(action, world, context)
        performing.catch(() => {}) // awaited below, unless the power goes first
        await this.point(`begun ${context.part}`)
        const evidence = await this.alive(untilAborted(performing, context.signal))
        await this.point(`ended ${context.part}`)
        return evidence
      },
    })
    return {
      upgrade: watched(performers.upgrade),
      stop: watched(performers.stop),
      start: watched(performers.start),
      copy: watched(performers.copy),
      note: watched(performers.note),
    }
  }

  private checkers(): Checkers<ToyCheck, FakeCluster> {
    const asked = async (check: ToyCheck): Promise<void> =>
      this.point('node' in check ? `ask ${check.ask} ${check.node}` : `ask ${check.ask}`)
    return {
      serves: async (check, world, signal) => asked(check).then(() => checkers.serves(check, world, signal)),
      'others-serve': async (check, world, signal) =>
        asked(check).then(() => checkers['others-serve'](check, world, signal)),
      'all-serve': async (check, world, signal) => asked(check).then(() => checkers['all-serve'](check, world, signal)),
      stopped: async (check, world, signal) => asked(check).then(() => checkers.stopped(check, world, signal)),
    }
  }
}

function forever(): Promise<never> {
  return new Promise(() => {})
}

/** As a performer that follows a node: it lets go when told to. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const letGo = Promise.withResolvers<never>()
  const abort = (): void => letGo.reject(new Error('no longer followed'))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise, letGo.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
