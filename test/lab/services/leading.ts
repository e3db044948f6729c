// What a leading Mesos master does: recovers its registry, admits agents, watches them, and passes tasks to them.
// Rules: apache/mesos src/master/master.cpp (registration, SlaveObserver, markUnreachable).
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type FromAgent, type FromFramework, messageOf, type ToAgent, type ToFramework } from './lab-messages.ts'
import { Link } from './link.ts'
import { type Counters, noCounters } from './mesos-metrics.ts'
import {
  type Agent,
  type AgentInfo,
  type Cluster,
  type Framework,
  type MasterIdentity,
  masterInfo,
  noCluster,
  type Task,
  type Unreachable,
} from './mesos-model.ts'
import type { Timing } from './node-config.ts'
import type { Overlay } from './overlay.ts'
import type { Registrar } from './registrar.ts'
import { admit, agentsIn, markUnreachable, unreachableIn, withLeader } from './registry.ts'

type Setup = {
  readonly identity: MasterIdentity
  readonly timing: Timing
  readonly registrar: Registrar
  readonly overlay: Overlay
  /** The end of this master: what it can't go on without is gone. */
  readonly die: (why: string) => void
}

const now = (): number => Date.now() / 1000

export class Leading {
  readonly #setup: Setup
  readonly electedTime = now()
  readonly #agents = new Map<string, Agent>()
  readonly #agentLinks = new Map<string, Link>()
  readonly #frameworkLinks = new Map<string, Link>()
  readonly #recovered = new Map<string, AgentInfo>()
  readonly #unreachable = new Map<string, Unreachable>()
  readonly #frameworks = new Map<string, Framework>()
  readonly #tasks = new Map<string, Task>()
  #nextAgent = 0
  #nextFramework = 0
  counters: Counters = noCounters

  constructor(setup: Setup) {
    this.#setup = setup
    this.#recover().catch((error: unknown) => setup.die(error instanceof Error ? error.message : String(error)))
  }

  /** True once the registry is there; before, the master answers as an empty one. */
  get ready(): boolean {
    return this.#setup.registrar.value !== undefined
  }

  get cluster(): Cluster {
    if (!this.ready) return noCluster
    return {
      agents: this.#agents,
      recovered: this.#recovered,
      unreachable: this.#unreachable,
      frameworks: this.#frameworks,
      tasks: this.#tasks,
    }
  }

  async #recover(): Promise<void> {
    const { registrar, identity, timing, overlay } = this.#setup
    const found = await registrar.recover(withLeader(masterInfo(identity)))
    for (const info of agentsIn(found)) this.#recovered.set(info.id, info)
    for (const lost of unreachableIn(found)) this.#unreachable.set(lost.id, lost)
    setInterval(() => this.#watch(), timing.agentPing)
    setInterval(() => this.#tellFrameworks(), 500)
    setTimeout(() => this.#giveUpRecovered(), timing.agentReregister)
    await overlay.recover()
    for (const { info } of this.#agents.values()) await overlay.admit(info.hostname)
  }

  /** Registry writes that fail end the master, as in Mesos. */
  async #store(change: Parameters<Registrar['update']>[0]): Promise<void> {
    await this.#setup.registrar.update(change).catch((error: unknown) => {
      this.#setup.die(error instanceof Error ? error.message : String(error))
      throw error
    })
  }

  acceptAgent(socket: Duplex, head: Buffer): void {
    let id = ''
    const link: Link = new Link(socket, head, {
      message: line => {
        const message = messageOf<FromAgent>(line)
        if (message.kind === 'register') {
          id = message.info.id === '' ? `${this.#setup.identity.id}-S${this.#nextAgent++}` : message.info.id
          this.#register({ ...message, info: { ...message.info, id } }, link).catch((error: unknown) => {
            console.error(`agent ${message.info.hostname} not registered:`, error)
            link.close()
          })
        } else if (message.kind === 'pong') this.#pong(id)
        else this.#takeTasks(id, message.tasks)
      },
      close: () => this.#agentLinks.get(id) === link && this.#disconnected(id),
    })
  }

  async #register({ info, version, tasks }: Extract<FromAgent, { kind: 'register' }>, link: Link): Promise<void> {
    const known = this.#agents.get(info.id)
    const wasRecovered = this.#recovered.has(info.id)
    const isNew = known === undefined && !wasRecovered && !this.#unreachable.has(info.id)
    if (known === undefined && !wasRecovered) await this.#store(admit(info))
    this.#recovered.delete(info.id)
    this.#unreachable.delete(info.id)
    this.#agentLinks.get(info.id)?.close()
    this.#agentLinks.set(info.id, link)
    this.#agents.set(info.id, {
      info,
      version,
      connected: true,
      registeredTime: known?.registeredTime ?? now(),
      reregisteredTime: isNew ? undefined : now(),
      lastPong: Date.now(),
    })
    this.counters = isNew
      ? { ...this.counters, slaveRegistrations: this.counters.slaveRegistrations + 1 }
      : { ...this.counters, slaveReregistrations: this.counters.slaveReregistrations + 1 }
    this.#takeTasks(info.id, tasks)
    this.#tell(link, { kind: 'registered', id: info.id })
    await this.#setup.overlay.admit(info.hostname)
  }

  #takeTasks(agentId: string, tasks: readonly Task[]): void {
    for (const task of this.#tasks.values()) if (task.agentId === agentId) this.#tasks.delete(task.id)
    for (const task of tasks) this.#tasks.set(task.id, { ...task, agentId, state: 'TASK_RUNNING' })
  }

  #change(id: string, change: Partial<Agent>): void {
    const agent = this.#agents.get(id)
    if (agent !== undefined) this.#agents.set(id, { ...agent, ...change })
  }

  #pong(id: string): void {
    this.#change(id, { lastPong: Date.now() })
  }

  #disconnected(id: string): void {
    this.#agentLinks.delete(id)
    this.#change(id, { connected: false })
  }

  #watch(): void {
    const { agentPing, agentPingTimeouts } = this.#setup.timing
    for (const link of this.#agentLinks.values()) this.#tell(link, { kind: 'ping' })
    for (const { info, lastPong } of this.#agents.values()) {
      if (Date.now() - lastPong > agentPing * agentPingTimeouts) void this.#giveUp(info.id)
    }
  }

  #giveUpRecovered(): void {
    for (const id of this.#recovered.keys()) void this.#giveUp(id)
  }

  async #giveUp(id: string): Promise<void> {
    const lost = { id, since: now() }
    this.#agents.delete(id)
    this.#recovered.delete(id)
    this.#unreachable.set(id, lost)
    this.#agentLinks.get(id)?.close()
    this.#agentLinks.delete(id)
    for (const task of this.#tasks.values()) {
      if (task.agentId === id) this.#tasks.set(task.id, { ...task, state: 'TASK_UNREACHABLE' })
    }
    const { slaveRemovals, unreachableScheduled, unreachableCompleted } = this.counters
    this.counters = {
      ...this.counters,
      slaveRemovals: slaveRemovals + 1,
      unreachableScheduled: unreachableScheduled + 1,
      unreachableCompleted: unreachableCompleted + 1,
    }
    await this.#store(markUnreachable(id, lost.since))
  }

  #tell(link: Link | undefined, message: ToAgent | ToFramework): void {
    link?.send(message)
  }

  acceptFramework(socket: Duplex, head: Buffer): void {
    let id = ''
    const link: Link = new Link(socket, head, {
      message: line => {
        const message = messageOf<FromFramework>(line)
        if (message.kind === 'subscribe') id = this.#subscribe(message, link)
        else if (message.kind === 'launch') this.#launch(id, message)
        else this.#kill(message.taskId)
      },
      close: () => this.#frameworkLinks.get(id) === link && this.#frameworkGone(id),
    })
  }

  #subscribe(
    { id: wanted, name, role, hostname, webuiUrl }: Extract<FromFramework, { kind: 'subscribe' }>,
    link: Link,
  ): string {
    const id = wanted === '' ? `${this.#setup.identity.id}-${String(this.#nextFramework++).padStart(4, '0')}` : wanted
    const known = this.#frameworks.get(id)
    const reregisteredTime = wanted === '' ? undefined : now()
    const registeredTime = known?.registeredTime ?? now()
    this.#frameworks.set(id, { id, name, role, hostname, webuiUrl, connected: true, registeredTime, reregisteredTime })
    this.#frameworkLinks.set(id, link)
    this.#tell(link, { kind: 'subscribed', id })
    return id
  }

  #frameworkGone(id: string): void {
    this.#frameworkLinks.delete(id)
    const framework = this.#frameworks.get(id)
    if (framework !== undefined) this.#frameworks.set(id, { ...framework, connected: false })
  }

  #launch(frameworkId: string, { agentId, taskId, name, cpus, mem }: Extract<FromFramework, { kind: 'launch' }>): void {
    const agent = this.#agents.get(agentId)
    const framework = this.#frameworks.get(frameworkId)
    if (agent === undefined || framework === undefined || !agent.connected) return
    const task: Task = {
      ...{ id: taskId, name, frameworkId, agentId, state: 'TASK_RUNNING', cpus, mem, role: framework.role },
      ...{ containerId: randomUUID(), startingAt: now(), runningAt: now(), executorPid: 4711 },
      ...{
        statusUuid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64'),
        address: agent.info.hostname,
      },
    }
    this.#tasks.set(taskId, task)
    this.#tell(this.#agentLinks.get(agentId), { kind: 'launch', task })
  }

  #kill(taskId: string): void {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return
    this.#tasks.delete(taskId)
    this.#tell(this.#agentLinks.get(task.agentId), { kind: 'kill', taskId })
  }

  #tellFrameworks(): void {
    const agents = [...this.#agents.values()].filter(({ connected }) => connected).map(({ info }) => info.id)
    for (const [id, link] of this.#frameworkLinks) {
      const tasks = [...this.#tasks.values()].filter(({ frameworkId }) => frameworkId === id)
      this.#tell(link, { kind: 'cluster', agents, awaited: [...this.#recovered.keys()], tasks })
    }
  }
}
