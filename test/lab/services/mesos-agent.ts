// Simulated Mesos agent (unit dcos-mesos-slave, port 5051): finds the leader through the real ZooKeeper, registers with
// it, and keeps its id and tasks through a restart. Its tasks are entries on disk, not processes.
import { AgentMemory } from './agent-memory.ts'
import { agentFlags, agentMetrics, agentState } from './agent-views.ts'
import { faultIsOn } from './faults.ts'
import { type Answer, empty, json, type Request, serve, unauthorized } from './http.ts'
import { isObject, parseJson, textAt } from './json.ts'
import { messageOf, type ToAgent } from './lab-messages.ts'
import { dial, type Link } from './link.ts'
import type { AgentInfo, Task } from './mesos-model.ts'
import { build } from './mesos-views.ts'
import { componentsOf, installedVersion, nodePath, readNodeConfig } from './node-config.ts'
import { ZookeeperSession } from './zookeeper-session.ts'

const port = 5051
const config = readNodeConfig()
const { timing, address } = config
const version = componentsOf(installedVersion(config)).mesos
const startTime = Date.now() / 1000
const memory = new AgentMemory(nodePath(config, '/var/lib/mesos/slave'))
const tasks = new Map<string, Task>(memory.recover().map(task => [task.id, task]))

let link: Link | undefined
let registered = false
let leader = ''
let dialing = false
let lastPing = Date.now()

const info = (): AgentInfo => ({
  id: memory.id,
  hostname: address,
  port,
  attributes: { os: 'linux' },
  cpus: 4,
  mem: 2048,
  disk: 4096,
  ports: { begin: 31000, end: 31999 },
})

function receive(message: ToAgent): void {
  lastPing = Date.now()
  if (message.kind === 'registered') {
    memory.remember(message.id)
    memory.keep([...tasks.values()])
    registered = true
    console.log(`Registered with ${leader} as ${message.id}`)
  } else if (message.kind === 'ping') {
    link?.send({ kind: 'pong' })
  } else {
    if (message.kind === 'launch') tasks.set(message.task.id, message.task)
    else tasks.delete(message.taskId)
    memory.keep([...tasks.values()])
  }
}

function disconnect(): void {
  link?.close()
  link = undefined
  registered = false
}

async function connect(to: string): Promise<void> {
  const target = { address: to, port: 5050, path: '/lab/agent', from: address }
  const made: Link = await dial(target, 2_000, {
    message: line => receive(messageOf<ToAgent>(line)),
    close: () => made === link && disconnect(),
  })
  link = made
  lastPing = Date.now()
  made.send({ kind: 'register', info: info(), version, tasks: [...tasks.values()] })
}

/** Keeps a link to whom ZooKeeper names as leader; a master that pings no more is asked anew, as a real agent does. */
async function keepRegistered(): Promise<void> {
  if (link !== undefined && Date.now() - lastPing > timing.agentPing * timing.agentPingTimeouts) disconnect()
  if (link !== undefined || leader === '' || dialing || faultIsOn(config.root, 'agent-does-not-re-register')) return
  dialing = true
  await connect(leader).catch((error: unknown) =>
    console.log(`not registered: ${error instanceof Error ? error.message : error}`),
  )
  dialing = false
}

async function findLeader(session: ZookeeperSession): Promise<void> {
  try {
    const [first] = (await session.children('/mesos')).filter(name => name.startsWith('json.info_')).sort()
    const text = first === undefined ? undefined : await session.readIfThere(`/mesos/${first}`)
    const found = text === undefined ? undefined : parseJson(text)
    const named = isObject(found) ? textAt(found, 'hostname') : ''
    if (named !== leader) {
      leader = named
      disconnect()
    }
  } catch (error) {
    console.log(`the leader is not known: ${error instanceof Error ? error.message : error}`)
    if (session.connected) setTimeout(() => findLeader(session), 500)
  }
}

function watchLeader(): void {
  const session = new ZookeeperSession(
    config.masters.map(master => `${master.address}:2181`),
    timing.mesosSession,
  )
  session.on('connected', () => findLeader(session))
  session.on('changed', () => findLeader(session))
  session.once('expired', watchLeader)
}

async function answer({ path }: Request): Promise<Answer> {
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  const facts = { info: info(), tasks: [...tasks.values()], version, startTime, registered, leader, config }
  if (path === '/health' || path === '/slave(1)/health') return empty(200)
  if (path === '/version') return json(build(version))
  if (path === '/flags') return json({ flags: agentFlags(facts) })
  if (path === '/metrics/snapshot') return json(agentMetrics(facts))
  if (path === '/state' || path === '/slave(1)/state') return json(agentState(facts))
  return empty(404)
}

watchLeader()
setInterval(keepRegistered, 500)
await serve(address, port, answer)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
console.log(`Mesos agent ${version} (simulated) on ${address}:${port}`)
