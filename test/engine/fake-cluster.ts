// A cluster for tests of the engine. Its promises, each held up in fake-cluster.test.ts:
//
// Nodes.     A node has a version, a service that runs or not, and serves when the service runs, no upgrade is under way on it and
//            20 s have passed since the last change. The first node leads at the start. A leader that does not serve loses the lead to the
//            first node that serves.
// Steps.     What a node does (`upgrade` 30 s, `stop` 15 s, `start` 5 s, `copy` 10 s) it does by itself once begun, whatever becomes of the
//            workstation. It remembers part and attempt: the same again follows the first one to its end and does nothing of its own.
//            Another attempt, or another part, does it anew. `start` waits for the end of what must end first.
//            `note` is done by the workstation, at once, and nobody remembers it for it: done twice it stands there twice.
// Looking.   Answers from the node: under way, in place, absent. Touches nothing.
// Violations are noted, not thrown, so that no error path of the engine can hide them: a node goes down while as many others
//            as may be are down already; an upgrade to the version that is there; a copy while the service runs, at its start or at its end; a second copy; a second note.
// Faults     have names, are set per node, and last until they are mended.
import { InDoubt } from '../../src/engine/errors.ts'
import type { Checkers, Choice, Look, Performers, StepContext } from '../../src/engine/ports.ts'
import type { NodeName, Rolling, Verdict } from '../../src/plan/types.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

export type Toy =
  | { readonly do: 'upgrade'; readonly node: NodeName; readonly to: string }
  | { readonly do: 'stop'; readonly node: NodeName }
  | { readonly do: 'start'; readonly node: NodeName }
  | { readonly do: 'copy'; readonly node: NodeName }
  | { readonly do: 'note'; readonly text: string }

export type ToyCheck =
  | { readonly ask: 'serves'; readonly node: NodeName }
  | { readonly ask: 'others-serve'; readonly node: NodeName }
  | { readonly ask: 'all-serve' }
  | { readonly ask: 'stopped'; readonly node: NodeName }

export type Fault =
  /** After its upgrade it does not serve. */
  | 'does-not-come-back'
  /** The upgrade ends with an error and changes nothing. */
  | 'script-fails'
  /** The upgrade ends without anybody knowing how. */
  | 'ends-in-doubt'
  /** Looking at any step of the node finds something odd. */
  | 'looks-odd'
  /** Looking and asking fail. */
  | 'unreachable'
  /** The service can't be started. */
  | 'does-not-start'

export interface Effect {
  readonly part: string
  readonly what: string
}

interface Node {
  version: string
  running: boolean
  changedAt: number
  upgrading: boolean
  copies: number
  readonly faults: Set<Fault>
  /** What it was told to do: part and attempt, with its end. */
  readonly memory: Map<string, { readonly end: Promise<string>; over: boolean }>
}

const seconds = 1000
const untilItServes = 20 * seconds
const never = new AbortController().signal

export class FakeCluster {
  readonly clock: VirtualClock = virtualClock()
  readonly nodes: ReadonlyMap<NodeName, Node>
  readonly notes: string[] = []
  /** Each thing begun, in order; what was followed only is not in it. */
  readonly effects: Effect[] = []
  readonly violations: string[] = []
  private leading: NodeName
  private readonly mayBeDown: number

  constructor(names: readonly NodeName[], mayBeDown = 1) {
    this.nodes = new Map(
      names.map(name => [
        name,
        {
          version: '1',
          running: true,
          changedAt: -untilItServes,
          upgrading: false,
          copies: 0,
          faults: new Set<Fault>(),
          memory: new Map(),
        },
      ]),
    )
    this.leading = names[0] ?? ''
    this.mayBeDown = mayBeDown
  }

  node(name: NodeName): Node {
    const node = this.nodes.get(name)
    if (!node) throw new Error(`the fake cluster has no ${name}`)
    return node
  }

  fault(name: NodeName, fault: Fault): void {
    this.node(name).faults.add(fault)
  }

  mend(name: NodeName): void {
    this.node(name).faults.clear()
  }

  serves(name: NodeName): boolean {
    const node = this.node(name)
    if (node.faults.has('does-not-come-back') && node.version !== '1') return false
    return node.running && !node.upgrading && this.clock.monotonic() - node.changedAt >= untilItServes
  }

  get down(): NodeName[] {
    return [...this.nodes.keys()].filter(name => !this.serves(name))
  }

  get leader(): NodeName {
    if (!this.serves(this.leading))
      this.leading = [...this.nodes.keys()].find(name => this.serves(name)) ?? this.leading
    return this.leading
  }

  set leader(name: NodeName) {
    this.leading = name
  }

  /** The upgrades that were begun, in order. */
  get upgrades(): NodeName[] {
    return this.effects.filter(({ what }) => what.startsWith('upgrade')).map(({ what }) => what.split(' ')[1] ?? '')
  }

  /** How many were begun. */
  begun(part: string): number {
    return this.effects.filter(effect => effect.part === part).length
  }

  private begin(part: string, what: string): void {
    this.effects.push({ part, what })
  }

  goesDown(name: NodeName, why: string): void {
    const others = this.down.filter(other => other !== name)
    if (others.length >= this.mayBeDown) this.violations.push(`${why} while ${others.join(', ')} is down`)
  }

  /** Does something on a node once per part and attempt; `work` runs when it has lasted its time. */
  private onNode(name: NodeName, { part, attempt }: Pick<StepContext, 'part' | 'attempt'>, job: Job): Promise<string> {
    const node = this.node(name)
    const key = `${part}#${attempt}`
    const known = node.memory.get(key)
    if (known) return known.end
    this.begin(part, `${job.what} ${name}`)
    job.atOnce?.(node)
    const end = this.clock.sleep(job.lasts * seconds, never).then(() => {
      const memory = node.memory.get(key)
      if (memory) memory.over = true
      return job.atEnd(node)
    })
    end.catch(() => {}) // the node does not mind that nobody follows
    node.memory.set(key, { end, over: false })
    return end
  }

  private changed(node: Node): void {
    node.changedAt = this.clock.monotonic()
  }

  isUnderWay(name: NodeName, { part, attempt }: Pick<StepContext, 'part' | 'attempt'>): boolean {
    return this.node(name).memory.get(`${part}#${attempt}`)?.over === false
  }

  upgrade(name: NodeName, to: string, context: StepContext): Promise<string> {
    return this.onNode(name, context, {
      what: 'upgrade',
      lasts: 30,
      atOnce: node => {
        this.goesDown(name, `${name} is upgraded`)
        if (node.version === to) this.violations.push(`${name} is upgraded to ${to}, where it was already`)
        if (node.upgrading) this.violations.push(`${name} is upgraded twice at once`)
        node.upgrading = true
      },
      atEnd: node => {
        node.upgrading = false
        this.changed(node)
        if (node.faults.has('script-fails')) throw new Error('the script ended with 1')
        if (node.faults.has('ends-in-doubt')) throw new InDoubt(`${name}: the script ended without a word`)
        node.version = to
        return `now ${to}`
      },
    })
  }

  stop(name: NodeName, context: StepContext): Promise<string> {
    return this.onNode(name, context, {
      what: 'stop',
      lasts: 15,
      atOnce: () => this.goesDown(name, `${name} is stopped`),
      atEnd: node => {
        node.running = false
        return 'stopped'
      },
    })
  }

  async start(name: NodeName, context: StepContext): Promise<string> {
    for (const { part, attempt } of context.mustEndFirst ?? [])
      await this.node(name)
        .memory.get(`${part}#${attempt}`)
        ?.end.catch(() => {}) // how it ended is for its own look
    return this.onNode(name, context, {
      what: 'start',
      lasts: 5,
      atEnd: node => {
        if (node.faults.has('does-not-start')) throw new Error('the unit ended with 1')
        if (!node.running) this.changed(node)
        node.running = true
        return 'runs'
      },
    })
  }

  copy(name: NodeName, context: StepContext): Promise<string> {
    return this.onNode(name, context, {
      what: 'copy',
      lasts: 10,
      atOnce: node => {
        if (node.running) this.violations.push(`${name} is copied while its service runs`)
        if (node.copies > 0) this.violations.push(`${name} is copied again`)
      },
      atEnd: node => {
        if (node.running) this.violations.push(`${name} was started while it was copied`)
        node.copies++
        return 'copied'
      },
    })
  }

  note(text: string, { part }: StepContext): string {
    if (this.notes.includes(text)) this.violations.push(`"${text}" is noted twice`)
    this.begin(part, `note ${text}`)
    this.notes.push(text)
    return 'noted'
  }
}

interface Job {
  readonly what: string
  readonly lasts: number
  atOnce?(node: Node): void
  atEnd(node: Node): string
}

function look(cluster: FakeCluster, name: NodeName, context: StepContext, inPlace: (node: Node) => boolean): Look {
  const node = cluster.node(name)
  if (node.faults.has('unreachable')) throw new Error(`${name} does not answer`)
  if (cluster.isUnderWay(name, context)) return 'under-way'
  if (node.faults.has('looks-odd')) return { unclear: `${name}: a package swap was cut off` }
  return inPlace(node) ? 'in-place' : 'absent'
}

export const performers: Performers<Toy, FakeCluster> = {
  upgrade: {
    look: async ({ node, to }, cluster, context) => look(cluster, node, context, ({ version }) => version === to),
    perform: ({ node, to }, cluster, context) => cluster.upgrade(node, to, context),
  },
  stop: {
    look: async ({ node }, cluster, context) => look(cluster, node, context, ({ running }) => !running),
    perform: ({ node }, cluster, context) => cluster.stop(node, context),
  },
  start: {
    look: async ({ node }, cluster, context) => look(cluster, node, context, ({ running }) => running),
    perform: ({ node }, cluster, context) => cluster.start(node, context),
  },
  copy: {
    look: async ({ node }, cluster, context) => look(cluster, node, context, ({ copies }) => copies > 0),
    perform: ({ node }, cluster, context) => cluster.copy(node, context),
  },
  note: {
    look: async ({ text }, { notes }) => (notes.includes(text) ? 'in-place' : 'absent'),
    perform: async ({ text }, cluster, context) => cluster.note(text, context),
  },
}

export const checkers: Checkers<ToyCheck, FakeCluster> = {
  serves: async ({ node }, cluster) => {
    if (cluster.node(node).faults.has('unreachable')) throw new Error(`${node} does not answer`)
    return verdict(
      cluster.serves(node),
      cluster.serves(node) ? `${node} serves` : `${node} does not serve`,
      `${node} serves`,
    )
  },
  'others-serve': async ({ node }, cluster) => {
    const down = cluster.down.filter(name => name !== node)
    return verdict(
      down.length === 0,
      down.length === 0 ? 'all others serve' : `${down.join(', ')} down`,
      'all others serve',
    )
  },
  'all-serve': async (_, { down }) =>
    verdict(down.length === 0, down.length === 0 ? 'all serve' : `${down.join(', ')} down`, 'all serve'),
  stopped: async ({ node }, cluster) =>
    verdict(!cluster.node(node).running, cluster.node(node).running ? 'runs' : 'stopped', 'stopped'),
}

function verdict(well: boolean, saw: string, wanted: string): Verdict {
  return { well, saw, wanted }
}

/** As listed; or who leads goes last. */
export async function choose(
  { order }: Rolling<Toy, ToyCheck>,
  { waiting }: { readonly waiting: readonly NodeName[] },
  { leader }: FakeCluster,
): Promise<Choice> {
  const [first] = waiting
  if (first === undefined) return { wait: 'nobody waits' }
  if (order === 'as-listed') return { start: first, because: 'as listed' }
  const follower = waiting.find(name => name !== leader)
  return follower ? { start: follower, because: 'leads nothing' } : { start: first, because: 'leads' }
}
