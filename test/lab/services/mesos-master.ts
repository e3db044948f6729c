// Simulated Mesos master (unit dcos-mesos-master, port 5050), elected through the real ZooKeeper, with its registry and
// overlay state in replicated logs of the real format.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { faultIsOn } from './faults.ts'
import { type Answer, empty, html, json, type Request, serve, unauthorized } from './http.ts'
import type { JsonObject } from './json.ts'
import { Leading } from './leading.ts'
import { acceptLinks } from './link.ts'
import { MesosElection } from './mesos-election.ts'
import { masterFlags } from './mesos-flags.ts'
import { overlayState, registry } from './mesos-messages.ts'
import { type Measured, metrics, noCounters } from './mesos-metrics.ts'
import { type MasterIdentity, masterInfo, noCluster } from './mesos-model.ts'
import { type Asked, answerMesos } from './mesos-routes.ts'
import type { MasterView } from './mesos-views.ts'
import { componentsOf, installedVersion, nodePath, readNodeConfig } from './node-config.ts'
import { Overlay } from './overlay.ts'
import { Registrar } from './registrar.ts'
import { Replica } from './replica.ts'
import { logPath, ReplicatedLog } from './replicated-log.ts'

const port = 5050
const config = readNodeConfig()
const { timing, address } = config
const startTime = Date.now() / 1000
const version = componentsOf(installedVersion(config)).mesos
const identity: MasterIdentity = { id: randomUUID(), address, version }
const flags = masterFlags(config)

function die(why: string): void {
  console.error(`${why}; exiting`)
  process.exit(1)
}

async function openLog(name: string, heldBack: () => boolean): Promise<ReplicatedLog> {
  const folder = nodePath(config, `/var/lib/dcos/mesos/master/${name}`)
  mkdirSync(folder, { recursive: true })
  const peers = config.masters.filter(master => master.address !== address)
  return new ReplicatedLog({ name, replica: await Replica.open(folder), peers, heldBack })
}

const log = await openLog('replicated_log', () => faultIsOn(config.root, 'registrar-does-not-recover'))
const overlayLog = await openLog('overlay_replicated_log', () => false)
const logs = new Map(
  [log, overlayLog].map((found, index) => [logPath(index === 0 ? 'replicated_log' : 'overlay_replicated_log'), found]),
)
void log.recover()
void overlayLog.recover()

const timeouts = { fetchTimeout: timing.registryFetch, storeTimeout: timing.registryStore }
const registrar = new Registrar({ log, variable: 'registry', type: registry, ...timeouts })
const overlay = new Overlay(
  new Registrar({ log: overlayLog, variable: 'network-state', type: overlayState, ...timeouts }),
)

let leading: Leading | undefined
let leader: JsonObject | undefined

const servers = config.masters.map(master => `${master.address}:2181`)
const ownFirst = [`${address}:2181`, ...servers.filter(server => server !== `${address}:2181`)]
const election = new MesosElection({
  servers: ownFirst,
  sessionTimeout: timing.mesosSession,
  address,
  info: masterInfo(identity),
})
election.on('leader', (found, itIsUs) => {
  leader = found
  if (itIsUs && leading === undefined) {
    console.log('Elected as the leading master')
    leading = new Leading({ identity, timing, registrar, overlay, die })
  }
  if (!itIsUs && leading !== undefined) die('Lost leadership')
})
election.on('expired', () => {
  leader = undefined
  if (leading !== undefined) die('Lost leadership: the ZooKeeper session expired')
})

let nextMetrics = Date.now() + 500
async function metricsTurn(): Promise<void> {
  const at = Math.max(Date.now(), nextMetrics)
  nextMetrics = at + 500
  if (at > Date.now()) await new Promise(resolve => setTimeout(resolve, at - Date.now()))
}

function measured(): Measured {
  return {
    cluster: leading?.cluster ?? noCluster,
    counters: leading?.counters ?? noCounters,
    elected: leading !== undefined,
    uptime: Date.now() / 1000 - startTime,
    recovered: log.recovered,
    overlayRecovered: overlayLog.recovered,
    masters: election.replicas,
    registry: leading?.ready
      ? { bytes: registrar.sizeInBytes, fetchTime: registrar.fetchTime, storeTimes: registrar.storeTimes }
      : undefined,
  }
}

function asked(): Asked {
  const view: MasterView = {
    identity,
    clusterName: 'lab',
    flags,
    startTime,
    electedTime: leading?.electedTime,
    leader,
    cluster: leading?.cluster ?? noCluster,
  }
  return {
    view,
    metrics: () => metrics(measured()),
    metricsTurn,
    leading: leading === undefined ? 'no' : leading.ready ? 'yes' : 'unrecovered',
    registry: registrar.value ?? {},
    overlay: overlay.state,
  }
}

async function answer(request: Request): Promise<Answer> {
  const peerLog = logs.get(request.path)
  if (peerLog !== undefined) return json(await peerLog.answer(await request.body()))
  if (faultIsOn(config.root, 'html')) return html
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  if (Date.now() / 1000 - startTime < 0.1) return empty(404)
  return answerMesos(request, asked())
}

const server = await serve(address, port, answer)
acceptLinks(server, path => {
  const now = leading
  if (now === undefined || !now.ready) return undefined
  if (path === '/lab/agent') return (socket, head) => now.acceptAgent(socket, head)
  if (path === '/lab/framework') return (socket, head) => now.acceptFramework(socket, head)
  return undefined
})
// As the real one, which has no handler: the ZooKeeper session stays open until its time-out.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
console.log(`Mesos master ${version} (simulated) on ${address}:${port}`)
