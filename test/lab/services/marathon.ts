// Simulated Marathon (unit dcos-marathon, port 8080): elected in the real ZooKeeper, keeps its apps' instances on the agents.
import { faultIsOn } from './faults.ts'
import { type Answer, json, plain, type Request, serve, unauthorized } from './http.ts'
import { isObject, type Json, parseJson, textAt } from './json.ts'
import { messageOf, type ToFramework } from './lab-messages.ts'
import { LeaderLatch } from './leader-latch.ts'
import { passOn } from './leader-proxy.ts'
import { dial, type Link } from './link.ts'
import { MarathonState } from './marathon-state.ts'
import { keepFrameworkId, loadFrameworkId } from './marathon-store.ts'
import { apps, deployments, groups, info, type MarathonFacts, metrics, oneApp } from './marathon-views.ts'
import { write } from './marathon-writes.ts'
import { componentsOf, installedVersion, readNodeConfig } from './node-config.ts'
import type { ZookeeperSession } from './zookeeper-session.ts'

const port = 8080
const config = readNodeConfig()
const { address, timing } = config
const self = `${address}:${port}`
const version = componentsOf(installedVersion(config)).marathon
const startTime = Date.now() / 1000

let leaderSince: number | undefined
let state: MarathonState | undefined
let frameworkId = ''
let link: Link | undefined

const latch = new LeaderLatch({
  servers: config.masters.map(master => `${master.address}:2181`),
  sessionTimeout: timing.marathonSession,
  election: '/marathon/leader-curator',
  self,
  lead,
})

const facts = (): MarathonFacts => ({
  ...{ address, version, elected: latch.leader === self, leader: latch.leader, frameworkId, leaderSince, startTime },
  ...{ apps: state?.apps ?? [], deployments: state?.deployments ?? [], tasks: state?.tasks ?? [] },
  deploymentRuns: faultIsOn(config.root, 'deployment-running'),
})

async function lead(session: ZookeeperSession): Promise<void> {
  state = await MarathonState.load(session, config)
  frameworkId = await loadFrameworkId(session)
  leaderSince = Date.now() / 1000
  console.log('Elected as the leading Marathon')
  setInterval(() => keepSubscribed(session), 500)
}

let dialing = false
async function keepSubscribed(session: ZookeeperSession): Promise<void> {
  if (link !== undefined || dialing) return
  dialing = true
  await subscribe(session).catch((error: unknown) =>
    console.log(`not subscribed: ${error instanceof Error ? error.message : error}`),
  )
  dialing = false
}

async function subscribe(session: ZookeeperSession): Promise<void> {
  const [first] = (await session.children('/mesos')).filter(name => name.startsWith('json.info_')).sort()
  const found = first === undefined ? undefined : parseJson(await session.read(`/mesos/${first}`))
  const master = isObject(found) ? textAt(found, 'hostname') : ''
  if (master === '') return
  const made: Link = await dial({ address: master, port: 5050, path: '/lab/framework', from: address }, 2_000, {
    message: line => {
      receive(session, messageOf<ToFramework>(line)).catch((error: unknown) => console.error(error))
    },
    close: () => {
      if (made === link) link = undefined
    },
  })
  link = made
  const webuiUrl = `http://${self}`
  made.send({ kind: 'subscribe', id: frameworkId, name: 'marathon', role: 'slave_public', hostname: address, webuiUrl })
}

async function receive(session: ZookeeperSession, message: ToFramework): Promise<void> {
  if (message.kind === 'subscribed') {
    frameworkId = message.id
    await keepFrameworkId(session, frameworkId)
    return
  }
  if (!state) return
  const { agents, awaited, tasks } = message
  state.tasks = [...tasks, ...state.tasks.filter(({ agentId }) => awaited.includes(agentId))]
  // A real Marathon starts nothing anew before the master has told of a task's end, and it tells nothing of agents it waits for.
  if (awaited.length === 0) await state.reconcile(agents, task => link?.send(task))
}

const views: Readonly<Record<string, (of: MarathonFacts) => Json>> = {
  '/v2/apps': apps,
  '/v2/groups': of => groups(of),
  '/v2/deployments': deployments,
  '/v2/pods': () => [],
  '/v2/pods/::status': () => [],
  '/v2/queue': () => ({ queue: [] }),
  '/v2/leader': of => ({ leader: of.leader ?? '' }),
}

/** Changes are taken one after the other. */
let changing: Promise<unknown> = Promise.resolve()

async function answer(request: Request): Promise<Answer> {
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  const { path } = request
  const { leader } = latch
  if (path === '/ping') return plain(200, 'pong')
  if (path === '/metrics') return json(metrics(facts()))
  if (path === '/v2/info') return json(info(facts()))
  if (leader === self && state) return asLeader(request, state)
  // own answers of an instance that does not lead, where no leader can be asked
  if (leader === undefined && path === '/v2/leader') return json({ message: 'There is no leader' }, 404)
  if (leader === undefined || leader === self) return json({ message: 'Could not determine the current leader' }, 503)
  return passOn(request, leader, { 'X-Marathon-Leader': `http://${leader}` })
}

async function asLeader(request: Request, leading: MarathonState): Promise<Answer> {
  const { method, path } = request
  const view = views[path]
  if (method === 'GET' && view) return json(view(facts()))
  if (method === 'GET' && path.startsWith('/v2/apps/')) return appAnswer(path.slice('/v2/apps'.length))
  const done = changing.then(() => write(request, leading))
  changing = done.catch(() => undefined)
  const written = await done
  return written ?? json({ message: `The lab does not simulate ${method} ${path}` }, view ? 405 : 404)
}

function appAnswer(id: string): Answer {
  const found = oneApp(facts(), id)
  return found ? json(found) : json({ message: `App '${id}' does not exist` }, 404)
}

await serve(address, port, answer)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
console.log(`Marathon ${version} (simulated) on ${self}`)
