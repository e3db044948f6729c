// What a leading simulated Marathon knows and does: apps, the deployments that change them, and which tasks start and end for it.
// Rules: mesosphere/marathon core/deployment (an app is locked by its deployment; new tasks first, then the old ones go).
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { FromFramework } from './lab-messages.ts'
import { type App, onlyScaled } from './marathon-app.ts'
import {
  type Deployment,
  forgetApp,
  forgetDeployment,
  keepApp,
  keepDeployment,
  loadApps,
  loadDeployments,
} from './marathon-store.ts'
import { taskPrefix, tasksOfApp } from './marathon-views.ts'
import type { Task } from './mesos-model.ts'
import { type NodeConfig, nodePath } from './node-config.ts'
import type { ZookeeperSession } from './zookeeper-session.ts'

type Change = { readonly put?: readonly App[]; readonly remove?: readonly string[] }

export class MarathonState {
  readonly #session: ZookeeperSession
  readonly #config: NodeConfig
  apps: readonly App[] = []
  deployments: readonly Deployment[] = []
  tasks: readonly Task[] = []

  private constructor(session: ZookeeperSession, config: NodeConfig) {
    this.#session = session
    this.#config = config
  }

  static async load(session: ZookeeperSession, config: NodeConfig): Promise<MarathonState> {
    const state = new MarathonState(session, config)
    state.apps = await loadApps(session, new Date())
    state.deployments = await loadDeployments(session)
    return state
  }

  app(id: string): App | undefined {
    return this.apps.find(app => app.id === id)
  }

  /** The deployments that lock these apps. */
  lockedBy(ids: readonly string[]): readonly Deployment[] {
    return this.deployments.filter(({ apps }) => apps.some(id => ids.includes(id)))
  }

  /** Begins a deployment. Those in its way must have been refused or cancelled before. */
  async deploy({ put = [], remove = [] }: Change, version: string): Promise<Deployment> {
    const replaced = put.filter(app => {
      const before = this.app(app.id)
      return before !== undefined && !onlyScaled(before, app.definition)
    })
    const deployment: Deployment = {
      ...{ id: randomUUID(), version, began: Date.now() },
      apps: [...put.map(({ id }) => id), ...remove],
      replaces: replaced.flatMap(app => tasksOfApp(this.tasks, app).map(({ id }) => id)),
    }
    await keepDeployment(this.#session, deployment)
    for (const app of put) await keepApp(this.#session, app)
    for (const id of remove) await forgetApp(this.#session, id)
    const gone = new Set(deployment.apps)
    this.apps = [...this.apps.filter(({ id }) => !gone.has(id)), ...put]
    this.deployments = [...this.deployments, deployment]
    return deployment
  }

  /** As with `force`: it just stops. */
  async cancel(id: string): Promise<void> {
    await forgetDeployment(this.#session, id)
    this.deployments = this.deployments.filter(deployment => deployment.id !== id)
  }

  /** One task at a time for each app, on the agent that has the fewest of its tasks; what nobody wants any more ends. */
  async reconcile(agents: readonly string[], send: (message: FromFramework) => void): Promise<void> {
    const wanted = this.apps.map(({ id }) => `${taskPrefix(id)}.`)
    for (const { id } of this.tasks)
      if (!wanted.some(prefix => id.startsWith(prefix))) send({ kind: 'kill', taskId: id })
    for (const app of this.apps) this.#reconcile(app, agents, send)
    for (const deployment of this.deployments) if (this.#hasEnded(deployment)) await this.cancel(deployment.id)
  }

  #reconcile(app: App, agents: readonly string[], send: (message: FromFramework) => void): void {
    const own = this.#running(app)
    const old = own.filter(({ id }) => this.#isReplaced(id))
    const fresh = own.filter(({ id }) => !this.#isReplaced(id))
    const count = (agent: string) => own.filter(({ agentId }) => agentId === agent).length
    const [agentId] = agents.toSorted((a, b) => count(a) - count(b))
    const surplus = [...old.slice(0, Math.max(0, own.length - app.instances)), ...fresh.slice(app.instances)]
    for (const { id } of surplus) send({ kind: 'kill', taskId: id })
    if (fresh.length >= app.instances || agentId === undefined) return
    send({
      kind: 'launch',
      agentId,
      taskId: `${taskPrefix(app.id)}.instance-${randomUUID()}._app.1`,
      name: app.id.split('/').toReversed().join('.').slice(0, -1),
      cpus: app.cpus,
      mem: app.mem,
    })
  }

  #running(app: App): readonly Task[] {
    return tasksOfApp(this.tasks, app).filter(({ state }) => state === 'TASK_RUNNING')
  }

  #isReplaced(taskId: string): boolean {
    return this.deployments.some(({ replaces }) => replaces.includes(taskId))
  }

  #hasEnded({ apps, replaces, began }: Deployment): boolean {
    if (Date.now() - began < this.#seconds() * 1000) return false
    if (this.tasks.some(({ id }) => replaces.includes(id))) return false
    return apps.every(id => {
      const app = this.app(id)
      if (app) return this.#running(app).length === app.instances
      return !this.tasks.some(task => task.id.startsWith(`${taskPrefix(id)}.`))
    })
  }

  /** How long a deployment takes at least; asked anew at every use. */
  #seconds(): number {
    const file = nodePath(this.#config, '/var/lib/lab/settings/deployment-seconds')
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1
  }
}
