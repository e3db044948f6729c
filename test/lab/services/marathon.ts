// Simulated Marathon (unit dcos-marathon, port 8080): elected in the real ZooKeeper, keeps its apps' instances on the agents.
import { randomUUID } from 'node:crypto'
import { request as sendRequest } from 'node:http'
import { faultIsOn } from './faults.ts'
import { type Answer, json, plain, type Request, serve, unauthorized } from './http.ts'
import { inTurn } from './in-turn.ts'
import { isObject, type Json, parseJson, textAt } from './json.ts'
import { messageOf, type ToFramework } from './lab-messages.ts'
import { dial, type Link } from './link.ts'
import { type App, keepFrameworkId, loadApps, loadFrameworkId } from './marathon-store.ts'
import {
  apps,
  deployments,
  groups,
  info,
  type MarathonFacts,
  metrics,
  taskPrefix,
  tasksOfApp,
} from './marathon-views.ts'
import type { Task } from './mesos-model.ts'
import { componentsOf, installedVersion, readNodeConfig } from './node-config.ts'
import { ZookeeperSession } from './zookeeper-session.ts'

const port = 8080
const config = readNodeConfig()
const { address, timing } = config
const self = `${address}:${port}`
const version = componentsOf(installedVersion(config)).marathon
const startTime = Date.now() / 1000
const election = '/marathon/leader-curator'

let session: ZookeeperSession
let ownLatch: string | undefined
let leader: string | undefined
let leaderSince: number | undefined
let wanted: readonly App[] = []
let frameworkId = ''
let tasks: readonly Task[] = []
let link: Link | undefined

const facts = (): MarathonFacts => ({
  ...{ address, version, elected: leader === self, leader, frameworkId, apps: wanted, tasks, leaderSince, startTime },
  deploymentRuns: faultIsOn(config.root, 'deployment-running'),
})

/** Exit codes: mesosphere/marathon core/base/CrashStrategy.scala. */
function crash(code: 101 | 103, why: string): void {
  console.error(`${why}; exiting with ${code}`)
  process.exit(code)
}

const look = inTurn(async () => {
  try {
    if (ownLatch === undefined) await join()
    const latches = (await session.children(election)).toSorted((a, b) => sequence(a) - sequence(b))
    const [first] = latches
    leader = first === undefined ? undefined : await session.readIfThere(`${election}/${first}`)
    const itIsUs = first !== undefined && first === ownLatch
    if (itIsUs && leaderSince === undefined) await lead()
    if (!itIsUs && leaderSince !== undefined) crash(103, 'Lost leadership')
  } catch (error) {
    console.error(`The election is not known: ${error instanceof Error ? error.message : error}`)
    if (session.connected) setTimeout(look, 200)
  }
})

const sequence = (latch: string): number => Number(latch.slice(-10))

async function join(): Promise<void> {
  await session.ensure(election)
  const latch = await session.create(`${election}/_c_${randomUUID()}-latch-`, self, 'ephemeral-sequential')
  ownLatch = latch.slice(election.length + 1)
}

async function lead(): Promise<void> {
  wanted = await loadApps(session, new Date())
  frameworkId = await loadFrameworkId(session)
  leaderSince = Date.now() / 1000
  console.log('Elected as the leading Marathon')
  setInterval(keepSubscribed, 500)
}

let dialing = false
async function keepSubscribed(): Promise<void> {
  if (link !== undefined || dialing) return
  dialing = true
  await subscribe().catch((error: unknown) =>
    console.log(`not subscribed: ${error instanceof Error ? error.message : error}`),
  )
  dialing = false
}

async function subscribe(): Promise<void> {
  const [first] = (await session.children('/mesos')).filter(name => name.startsWith('json.info_')).sort()
  const found = first === undefined ? undefined : parseJson(await session.read(`/mesos/${first}`))
  const master = isObject(found) ? textAt(found, 'hostname') : ''
  if (master === '') return
  const made: Link = await dial({ address: master, port: 5050, path: '/lab/framework', from: address }, 2_000, {
    message: line => {
      receive(messageOf<ToFramework>(line)).catch((error: unknown) => console.error(error))
    },
    close: () => {
      if (made === link) link = undefined
    },
  })
  link = made
  const webuiUrl = `http://${self}`
  made.send({ kind: 'subscribe', id: frameworkId, name: 'marathon', role: 'slave_public', hostname: address, webuiUrl })
}

async function receive(message: ToFramework): Promise<void> {
  if (message.kind === 'subscribed') {
    frameworkId = message.id
    await keepFrameworkId(session, frameworkId)
    return
  }
  tasks = message.tasks
  for (const app of wanted) reconcile(app, message.agents)
}

/** Starts what is missing, one instance at a time for each app, on the agent that has the fewest of its tasks. */
function reconcile(app: App, agents: readonly string[]): void {
  const own = tasksOfApp(tasks, app).filter(({ state }) => state === 'TASK_RUNNING')
  const count = (agent: string) => own.filter(({ agentId }) => agentId === agent).length
  const [agentId] = agents.toSorted((a, b) => count(a) - count(b))
  if (own.length >= app.instances || agentId === undefined) {
    for (const extra of own.slice(app.instances)) link?.send({ kind: 'kill', taskId: extra.id })
    return
  }
  const taskId = `${taskPrefix(app.id)}.instance-${randomUUID()}._app.1`
  link?.send({
    kind: 'launch',
    agentId,
    taskId,
    name: app.id.split('/').toReversed().join('.').slice(0, -1),
    cpus: app.cpus,
    mem: app.mem,
  })
}

function contend(): void {
  session = new ZookeeperSession(
    config.masters.map(master => `${master.address}:2181`),
    timing.marathonSession,
  )
  ownLatch = undefined
  session.on('connected', look)
  session.on('changed', look)
  session.once('expired', () => {
    leader = undefined
    if (leaderSince !== undefined) crash(101, 'The ZooKeeper session is lost')
    contend()
  })
}

const views: Readonly<Record<string, (of: MarathonFacts) => Json>> = {
  '/v2/apps': apps,
  '/v2/groups': groups,
  '/v2/deployments': deployments,
  '/v2/pods': () => [],
  '/v2/pods/::status': () => [],
  '/v2/queue': () => ({ queue: [] }),
  '/v2/leader': of => ({ leader: of.leader ?? '' }),
}

async function answer(request: Request): Promise<Answer> {
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  const { path } = request
  if (path === '/ping') return plain(200, 'pong')
  if (path === '/metrics') return json(metrics(facts()))
  const view = views[path]
  if (leader === self) {
    if (path === '/v2/info') return json(info(facts()))
    if (view === undefined) return json({ message: `The lab does not simulate ${path}` }, 404)
    if (request.method !== 'GET') return json({ message: `The lab only answers GET on ${path}` }, 405)
    return json(view(facts()))
  }
  // own answers of an instance that does not lead, where no leader can be asked
  if (path === '/v2/info') return json(info(facts()))
  if (leader === undefined && path === '/v2/leader') return json({ message: 'There is no leader' }, 404)
  if (leader === undefined) return json({ message: 'Could not determine the current leader' }, 503)
  return proxy(request, leader)
}

/** As the real LeaderProxyFilter: the leader's answer, with its name in a header. */
function proxy({ method, path, query }: Request, to: string): Promise<Answer> {
  const [host = '', leaderPort = ''] = to.split(':')
  const search = query.size === 0 ? '' : `?${query}`
  return new Promise(resolve => {
    const refused = () => resolve(json({ message: `The leader ${to} does not answer` }, 502))
    const outgoing = sendRequest(
      { host, port: Number(leaderPort), method, path: `${path}${search}`, timeout: 5_000 },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', refused)
        incoming.once('end', () =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: {
              'Content-Type': incoming.headers['content-type'] ?? 'application/json',
              'X-Marathon-Leader': `http://${to}`,
            },
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')))
    outgoing.once('error', refused)
    outgoing.end()
  })
}

contend()
await serve(address, port, answer)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
console.log(`Marathon ${version} (simulated) on ${self}`)
