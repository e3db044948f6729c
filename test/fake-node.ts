// A fake node: no machine, no SSH. It answers HTTP, scripts and ZooKeeper's `srvr` from a small description that a test may change at any time.
// Mesos' answers are those of test/fixtures/mesos/recorded, with the names of agents and leaders put in.
import { readFileSync } from 'node:fs'
import { Duplex, type Readable } from 'node:stream'
import { z } from 'zod'
import { checkRunnerScript } from '../src/dcos/check-runner.ts'
import { masterHoldsScript } from '../src/dcos/holdings.ts'
import { nodeScript } from '../src/dcos/node.ts'
import type { Role } from '../src/plan/vocabulary.ts'
import { DeadlinePassed, PortClosed, Unreachable } from '../src/ssh/errors.ts'
import type { Host, HttpAnswer, HttpRequest, Ran, RunOptions, StreamOptions } from '../src/ssh/host.ts'
import { FakeSteps } from './fake-steps.ts'
import type { FakeCluster } from './fake-world.ts'

/** What a service may do instead of answering well. `slow`: nothing comes before the asker's own deadline. */
export type HttpFault = '401' | 'html' | '307' | '503' | 'garbage' | 'slow' | 'closed'

type FakeZooKeeper = 'leader' | 'follower' | 'standalone' | 'observer' | 'not-serving' | 'closed' | 'frozen' | 'silent'

export interface FakeNode {
  readonly name: string
  readonly address: string
  readonly role: Role
  readonly host: Host
  /** The node's part in what is run there and outlives a connection. */
  readonly steps: FakeSteps
  reachable: boolean
  readonly faults: { mesos?: HttpFault; marathon?: HttpFault; exhibitor?: HttpFault }
  /** As in the recordings: `elected-not-recovered` answers 200 with an empty cluster. */
  mesos: 'leading' | 'standby' | 'elected-not-recovered'
  /** `registrar/log/recovered`. */
  recovered: boolean
  /** Whom its Mesos takes for the leader, by address; undefined: 503. */
  namesLeader: string | undefined
  zookeeper: FakeZooKeeper
  zxid: bigint
  /** dcos-version.json; undefined: the file is not there. */
  version: string | undefined
  swap: 'install_progress' | 'active is missing' | undefined
  units: readonly string[]
  /** What the script that looks what a master has says yes to. */
  holds: readonly ('metronome' | 'iam-program' | 'iam-data' | 'etcd-program' | 'etcd-data')[]
  clusterId: string
  /** What the check runner prints, by kind. */
  checks: { 'node-poststart': string; cluster: string }
  /** The upgrade script as the bootstrap server gives it to this node; undefined: curl fails. */
  script: string | undefined
  /** Hex digest of what it gets from the bootstrap server; undefined: curl fails. */
  scriptDigest: string | undefined
  /** What a stream gives, by a word of its script; the first that fits. */
  readonly streams: { readonly word: string; next(): Readable }[]
}

export function fakeNode(
  cluster: FakeCluster,
  { name, address, role }: { readonly name: string; readonly address: string; readonly role: Role },
): FakeNode {
  const node: FakeNode = {
    name,
    address,
    role,
    steps: new FakeSteps(),
    reachable: true,
    faults: {},
    mesos: 'standby',
    recovered: true,
    namesLeader: undefined,
    zookeeper: 'follower',
    zxid: 0x200000010n,
    version: '2.1.1',
    swap: undefined,
    units: [role === 'master' ? 'dcos-mesos-master' : 'dcos-mesos-slave'],
    holds: [],
    clusterId: cluster.id,
    checks: {
      'node-poststart': '{"status":0,"checks":{"clock_sync":{"status":0,"output":"in sync"}}}',
      cluster: '{"status":0,"checks":{}}',
    },
    script: undefined,
    scriptDigest: 'ab'.repeat(32),
    streams: [],
    host: {
      name,
      address,
      run: async (script, options) => run(node, script, options),
      async stream(script, options) {
        return { stdout: streamOf(node, script, options), ended: Promise.resolve({ exit: 0, stderr: '' }) }
      },
      connect: async (port, { within }) => zookeeperLine(node, port, within),
      http: async request => http(cluster, node, request),
      put: async path => {
        throw new Error(`nothing is put on the fake ${name}, asked for ${path}`)
      },
    },
  }
  return node
}

const unreachable = (name: string) => new Unreachable(name, { what: `${name} can't be reached: no route to host` })

function run(node: FakeNode, script: string, options: RunOptions): Ran {
  if (!node.reachable) throw unreachable(node.name)
  const said = (stdout: string): Ran => ({ exit: 0, stdout, stderr: '' })
  if (script === nodeScript) return said(saysOfItself(node))
  if (script === masterHoldsScript) return said(hasOf(node))
  if (script === checkRunnerScript)
    return said(`\nnode-poststart=${node.checks['node-poststart']} \ncluster=${node.checks.cluster} \n`)
  if (script.includes('sha256sum') && script.includes('curl')) {
    if (node.scriptDigest === undefined) return { exit: 22, stdout: '', stderr: 'curl: (22) error: 404\n' }
    return said(`${node.scriptDigest}  -\n`)
  }
  if (script.startsWith('curl -fsSL ')) {
    if (node.script === undefined) return { exit: 22, stdout: '', stderr: 'curl: (22) error: 404\n' }
    return said(node.script)
  }
  const answer = node.steps.answer(node, script, options)
  if (answer === undefined) throw new Error(`the fake ${node.name} does not know this script: ${script.slice(0, 60)}`)
  return said(answer)
}

const hasOf = ({ holds }: FakeNode): string =>
  (['metronome', 'iam-program', 'iam-data', 'etcd-program', 'etcd-data'] as const)
    .map(name => `${name}=${holds.includes(name) ? 'yes' : 'no'}\n`)
    .join('')

const saysOfItself = (node: FakeNode): string =>
  [
    `detect_ip=${node.swap === 'active is missing' ? '' : node.address}`,
    `addresses=${node.address} 172.17.0.1`,
    `roles=${node.role === 'master' ? 'master' : 'slave'}`,
    `cluster_id=${node.clusterId}`,
    `version=${node.version === undefined ? '' : JSON.stringify({ version: node.version, 'dcos-image-commit': 'c0ffee' })}`,
    ...(node.swap === undefined ? [] : [`swap=${node.swap}`]),
    `units=${node.units.join(' ')}`,
    '',
  ].join('\n')

function streamOf(node: FakeNode, script: string, options: StreamOptions): Readable {
  if (!node.reachable) throw unreachable(node.name)
  const asked = [script, ...(options.args ?? [])].join('\n')
  const found = node.streams.find(({ word }) => asked.includes(word))
  if (!found) throw new Error(`the fake ${node.name} has no such stream: ${script.slice(0, 60)}`)
  return found.next()
}

/** ZooKeeper's port: a line that answers one word. */
function zookeeperLine(node: FakeNode, port: number, within: number): Duplex {
  if (!node.reachable) throw unreachable(node.name)
  if (port !== 2181 || node.zookeeper === 'closed')
    throw new PortClosed(node.name, { what: `nobody listens at port ${port} of ${node.name} (asked for ${within} ms)` })
  const line = new Duplex({
    read() {},
    write(_word, _encoding, done) {
      const { zookeeper } = node
      done()
      if (zookeeper === 'frozen') return
      if (zookeeper !== 'silent') line.push(srvr(node))
      line.push(null)
    },
  })
  return line
}

const srvr = ({ zookeeper, zxid }: FakeNode): string =>
  zookeeper === 'not-serving'
    ? 'This ZooKeeper instance is not currently serving requests\n'
    : `Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT
Latency min/avg/max: 0/0/12
Received: 117
Sent: 116
Connections: 3
Outstanding: 0
Zxid: 0x${zxid.toString(16)}
Mode: ${zookeeper}
Node count: 41
`

async function http(cluster: FakeCluster, node: FakeNode, request: HttpRequest): Promise<HttpAnswer> {
  if (!node.reachable) throw unreachable(node.name)
  const service = services.get(request.port)
  if (!service) throw new PortClosed(node.name, { what: `nobody listens at port ${request.port} of ${node.name}` })
  const fault = node.faults[service]
  if (fault) return failing(node, fault, request)
  if (service === 'mesos') return mesos(cluster, node, request.path)
  const known = service === 'marathon' ? marathon(cluster, node) : exhibitor(cluster)
  const body = known[request.path]
  return body === undefined ? { status: 404, headers: {}, body: Buffer.from('not found') } : json(body)
}

const services: ReadonlyMap<number, 'mesos' | 'marathon' | 'exhibitor'> = new Map([
  [5050, 'mesos'],
  [8080, 'marathon'],
  [8181, 'exhibitor'],
])

const html = '<!DOCTYPE html>\n<html><body>It works!</body></html>'

async function failing({ name }: FakeNode, fault: HttpFault, { port, path, within }: HttpRequest): Promise<HttpAnswer> {
  const answer = (status: number, text: string, headers = {}) => ({ status, headers, body: Buffer.from(text) })
  switch (fault) {
    case '401':
      return answer(401, '', { 'www-authenticate': 'acsjwt' })
    case 'html':
      return answer(200, html, { 'content-type': 'text/html' })
    case '307':
      return answer(307, '', { location: `//192.0.2.1:${port}${path}` })
    case '503':
      return answer(503, 'No leader elected')
    case 'garbage':
      return answer(200, '{"slaves": [')
    case 'closed':
      throw new PortClosed(name, { what: `nobody listens at port ${port} of ${name}` })
    case 'slow':
      await new Promise(resolve => setTimeout(resolve, within).unref())
      throw new DeadlinePassed(name, { what: `${name} did not answer ${path} within ${within} ms` })
  }
}

const json = (value: unknown): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

const recordedFolder = new URL('./fixtures/mesos/recorded/', import.meta.url)
const recorded = (path: string): Readonly<Record<string, unknown>> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(new URL(path, recordedFolder), 'utf8')))

const folders = {
  leading: 'steady/leader',
  standby: 'steady/standby',
  'elected-not-recovered': 'quorum_lost/elected_without_quorum',
} as const

function mesos(cluster: FakeCluster, node: FakeNode, path: string): HttpAnswer {
  const redirect = (to: string): HttpAnswer =>
    node.namesLeader === undefined
      ? { status: 503, headers: {}, body: Buffer.from('No leader elected') }
      : { status: 307, headers: { location: `//${node.namesLeader}:5050${to}` }, body: Buffer.alloc(0) }
  const folder = folders[node.mesos]
  switch (path) {
    case '/metrics/snapshot':
      return json({
        ...recorded(`${folder}/metrics_snapshot.json`),
        'registrar/log/recovered': node.recovered ? 1 : 0,
        ...(node.mesos === 'leading' ? { 'master/slaves_unreachable': cluster.unreachableAgents } : {}),
      })
    case '/redirect':
      return redirect('')
    case '/state':
      if (node.mesos === 'standby') return redirect('/master/state')
      return json({ ...recorded(`${folder}/state.json`), ...(node.mesos === 'leading' ? agentsIn(cluster) : {}) })
    case '/slaves':
      if (node.mesos === 'standby') return redirect('/master/slaves')
      return json({ slaves: node.mesos === 'leading' ? agentsIn(cluster).slaves : [], recovered_slaves: [] })
    case '/flags':
      return json(recorded(`${folder}/flags.json`))
    case '/registrar(1)/registry':
      return json(node.mesos === 'leading' ? recorded(`${folder}/registrar_registry.json`) : {})
    default:
      return { status: 404, headers: {}, body: Buffer.alloc(0) }
  }
}

/** The recorded agents' other fields stay as they were; who they are comes from the test. */
function agentsIn({ agents, unreachableAgents }: FakeCluster) {
  const [model] = z
    .object({ slaves: z.array(z.record(z.string(), z.unknown())) })
    .parse(recorded('steady/leader/state.json')).slaves
  const slaves = agents.map(({ id, hostname, address, active }) => ({
    ...model,
    ...{ id, hostname, active, pid: `slave(1)@${address}:5051` },
  }))
  return { slaves, unreachable_slaves: unreachableAgents }
}

const marathon = ({ marathon }: FakeCluster, { address }: FakeNode): Readonly<Record<string, unknown>> => ({
  '/v2/info': {
    name: 'marathon',
    version: '1.11.24',
    elected: marathon.leader === address,
    leader: marathon.leader === undefined ? null : `${marathon.leader}:8080`,
    frameworkId: marathon.frameworkId,
  },
  '/v2/deployments': marathon.deployments,
  '/v2/apps?embed=apps.counts': { apps: marathon.apps },
  '/v2/apps?embed=apps.counts&embed=apps.deployments': { apps: marathon.apps },
  '/v2/groups?embed=group.groups&embed=group.apps&embed=group.pods': { id: '/', apps: [], groups: [] },
})

const exhibitor = ({ exhibitor }: FakeCluster): Readonly<Record<string, unknown>> => ({
  '/exhibitor/v1/cluster/status': exhibitor.rows,
  '/exhibitor/v1/config/get-state': { running: true, config: { rollInProgress: exhibitor.rolling } },
})
