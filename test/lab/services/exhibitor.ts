// Simulated Exhibitor (unit dcos-exhibitor, port 8181): keeps the master's real ZooKeeper server running and answers
// Exhibitor's REST from what the servers themselves say. Shapes: soabase/exhibitor core/rest/{Cluster,Config}Resource.java.
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { faultIsOn } from './faults.ts'
import { askWord } from './four-letter-word.ts'
import { type Answer, html, json, plain, type Request, serve, unauthorized } from './http.ts'
import type { Json } from './json.ts'
import { type NodeConfig, nodePath, readNodeConfig } from './node-config.ts'
import { ZookeeperServer } from './zookeeper-server.ts'
import { ZookeeperSession } from './zookeeper-session.ts'

const states = { latent: 0, down: 1, 'not serving': 2, serving: 3 } as const
type State = keyof typeof states
type Row = { readonly state: State; readonly isLeader: boolean }

const config = readNodeConfig()
const server = new ZookeeperServer(config)
const rows = new Map<string, Row>()

async function look(address: string): Promise<Row> {
  const answer = await askWord(address, 'srvr', 1_000)
  if (answer.kind === 'refused') return { state: 'down', isLeader: false }
  if (answer.kind === 'silent' || !answer.text.includes('Mode:')) return { state: 'not serving', isLeader: false }
  return { state: 'serving', isLeader: /Mode: (leader|standalone)/.test(answer.text) }
}

async function poll(): Promise<void> {
  await Promise.all(config.masters.map(async ({ address }) => rows.set(address, await look(address))))
  setTimeout(poll, config.timing.exhibitorPoll)
}

const rowOf = (address: string): Row => rows.get(address) ?? { state: 'latent', isLeader: false }

function statusRow({ address }: { address: string }): Json {
  const { state, isLeader } = rowOf(address)
  return { code: states[state], description: state, hostname: address, isLeader }
}

function ownState(): Json {
  const { state, isLeader } = rowOf(config.address)
  return {
    switches: { restarts: true, cleanup: true, unlistedRestarts: true, backups: false },
    state: states[state],
    description: state,
    isLeader,
  }
}

async function systemState(): Promise<Json> {
  const answer = await askWord(config.address, 'ruok', 1_000)
  const serverId = config.masters.findIndex(({ address }) => address === config.address) + 1
  return {
    version: '1.5.6 (simulated)',
    running: answer.kind === 'answered' && answer.text === 'imok',
    backupActive: false,
    extraHeadingText: '',
    config: {
      rollInProgress: false,
      rollStatus: 'n/a',
      rollPercentDone: 0,
      hostname: config.address,
      serverId,
      serversSpec: config.masters.map(({ address }, index) => `${index + 1}:${address}`).join(','),
      zookeeperDataDirectory: '/var/lib/dcos/exhibitor/zookeeper/snapshot',
      zookeeperLogDirectory: '/var/lib/dcos/exhibitor/zookeeper/transactions',
      clientPort: 2181,
      connectPort: 2888,
      electionPort: 3888,
      zooCfgExtra: { tickTime: String(config.timing.zookeeperTick), initLimit: '10', syncLimit: '5' },
    },
  }
}

/** Paths that change something in spite of being GETs. They are not carried out here; tests read who called them. */
const changing =
  /^\/exhibitor\/v1\/(cluster\/(start|stop|restart|set)\b|config\/(rollback-rolling|force-commit-rolling|set)\b)/

function recordChange(request: Request): void {
  const log = nodePath(config, '/var/lib/lab/exhibitor-changing-calls')
  mkdirSync(dirname(log), { recursive: true })
  appendFileSync(log, `${new Date().toISOString()} ${request.method} ${request.path}\n`)
}

async function answer(request: Request): Promise<Answer> {
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  const { path } = request
  if (changing.test(path)) {
    recordChange(request)
    return json({ message: 'OK', succeeded: true })
  }
  if (path === '/exhibitor/v1/cluster/status') return json(config.masters.map(statusRow))
  if (path === '/exhibitor/v1/cluster/list') return json({ servers: config.masters.map(m => m.address), port: 2181 })
  if (path === '/exhibitor/v1/cluster/state') return json(ownState())
  if (path === '/exhibitor/v1/config/get-state') return json(await systemState())
  const word = /^\/exhibitor\/v1\/cluster\/4ltr\/([a-z]{4})$/.exec(path)?.[1]
  if (word !== undefined) {
    const said = await askWord(config.address, word, 1_000)
    return json(said.kind === 'answered' ? said.text : '')
  }
  return path === '/exhibitor/v1/ui/index.html' ? html : plain(404, 'not found')
}

/** Puts the cluster's id into ZooKeeper, as dcos-cluster-id does at the first start; waits for a quorum. */
async function publishClusterId({ clusterId, address }: NodeConfig): Promise<void> {
  const session = new ZookeeperSession([`${address}:2181`], 10_000)
  await new Promise<void>(resolve => session.once('connected', resolve))
  await session.ensure('/cluster-id', clusterId)
  await session.close()
}

async function publishUntilDone(): Promise<void> {
  try {
    await publishClusterId(config)
  } catch (error) {
    console.error('The cluster id is not in ZooKeeper yet:', error)
    setTimeout(publishUntilDone, 1_000)
  }
}

server.start()
const http = await serve(config.address, 8181, answer)
void poll()
void publishUntilDone()

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    http.close()
    server.stop().then(() => process.exit(0))
  })
}
console.log(`Exhibitor (simulated) on ${config.address}:8181`)
