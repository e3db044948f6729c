// A fake world for tests of checks and actions: a cluster of fake nodes that is well until a test says otherwise. Nothing in it is a real service.
import { type ClusterFile, clusterFile } from '../src/config/schema.ts'
import type { Store } from '../src/store/store.ts'
import type { Node, World } from '../src/world.ts'
import { type FakeNode, fakeNode } from './fake-node.ts'

/** An agent as the leading master lists it. */
interface FakeAgent {
  readonly name: string
  id: string
  hostname: string
  readonly address: string
  active: boolean
}

interface FakeApp {
  readonly id: string
  instances: number
  tasksRunning: number
  tasksUnhealthy: number
}

interface FakeExhibitorRow {
  readonly hostname: string
  code: number
  description: string
  isLeader: boolean
}

export interface FakeCluster {
  readonly id: string
  /** What Mesos lists; take one out and it is not registered any more. */
  readonly agents: FakeAgent[]
  unreachableAgents: number
  readonly exhibitor: { rows: FakeExhibitorRow[]; rolling: boolean }
  readonly marathon: {
    /** By address; undefined: none leads. */
    leader: string | undefined
    frameworkId: string | null
    apps: FakeApp[]
    deployments: { readonly id: string; readonly affectedApps: readonly string[] }[]
  }
}

export interface FakeWorld extends FakeCluster {
  readonly world: World
  readonly masters: readonly string[]
  /** @throws Error for a node that is not there */
  node(name: string): FakeNode
  agent(name: string): FakeAgent
  row(address: string): FakeExhibitorRow
  /** Makes these the leaders, and every master know it. */
  leaders(who: { readonly zookeeper?: string; readonly mesos?: string; readonly marathon?: string }): void
}

export interface Size {
  readonly masters?: number
  readonly agents?: number
  /** Parts of the cluster file that differ from its defaults. */
  readonly file?: Readonly<Record<string, unknown>>
  readonly store?: Store
}

const id = 'aa11bb22-0000-4000-8000-00000000cafe'

/** m1 leads all, unless said otherwise; agents are a1, a2, …, named by the cluster file. */
export function fakeWorld({ masters = 3, agents = 3, file = {}, store }: Size = {}): FakeWorld {
  const masterNodes = named('m', masters, 11, 'master')
  const agentNodes = named('a', agents, 21, 'agent')
  const cluster: FakeCluster = {
    id,
    agents: agentNodes.map(({ name, address }, index) => ({
      ...{ name, address, id: `68f22737-S${index}`, hostname: address, active: true },
    })),
    unreachableAgents: 0,
    exhibitor: {
      rows: masterNodes.map(({ address }) => ({
        ...{ hostname: address, code: 3, description: 'serving', isLeader: false },
      })),
      rolling: false,
    },
    marathon: {
      leader: undefined,
      frameworkId: '68f22737-0001',
      apps: [{ id: '/web', instances: 3, tasksRunning: 3, tasksUnhealthy: 0 }],
      deployments: [],
    },
  }
  const nodes = new Map([...masterNodes, ...agentNodes].map(node => [node.name, fakeNode(cluster, node)]))
  const known = new Map<string, Node>(masterNodes.map(node => [node.name, node]))
  const node = (name: string) => found(nodes.get(name), name)
  const fake: FakeWorld = {
    ...cluster,
    get unreachableAgents() {
      return cluster.unreachableAgents
    },
    set unreachableAgents(count) {
      cluster.unreachableAgents = count
    },
    world: {
      file: fileOf(masterNodes, agentNodes, file),
      nodes: known,
      hosts: {
        host: async name => node(name).host,
        close: async () => {},
      },
      learn(more) {
        for (const { name, address } of more) if (!known.has(name)) known.set(name, { name, address, role: 'agent' })
      },
      async store() {
        return found(store, 'store')
      },
      close: async () => {},
    },
    masters: masterNodes.map(({ name }) => name),
    node,
    agent: name =>
      found(
        cluster.agents.find(agent => agent.name === name),
        name,
      ),
    row: address =>
      found(
        cluster.exhibitor.rows.find(({ hostname }) => hostname === address),
        address,
      ),
    leaders({ zookeeper = 'm1', mesos = 'm1', marathon = 'm1' }) {
      cluster.marathon.leader = node(marathon).address
      for (const { name, address } of masterNodes) {
        const master = node(name)
        master.zookeeper = name !== zookeeper ? 'follower' : masters === 1 ? 'standalone' : 'leader'
        master.mesos = name === mesos ? 'leading' : 'standby'
        master.namesLeader = node(mesos).address
        fake.row(address).isLeader = name === zookeeper
      }
    },
  }
  fake.leaders({})
  return fake
}

/** 127.0.0.21, … 127.0.0.255, 127.0.1.0, … */
const addressAt = (number: number): string => `127.0.${Math.floor(number / 256)}.${number % 256}`

const named = (letter: string, amount: number, first: number, role: Node['role']): readonly Node[] =>
  Array.from({ length: amount }, (_, index) => ({
    ...{ name: `${letter}${index + 1}`, address: addressAt(first + index), role },
  }))

const fileOf = (
  masters: readonly Node[],
  agents: readonly Node[],
  more: Readonly<Record<string, unknown>>,
): ClusterFile =>
  clusterFile.parse({
    cluster: { name: 'orchard', id },
    masters: masters.map(({ name, address }) => ({ name, address })),
    nodes: Object.fromEntries(agents.map(({ name, address }) => [address, { name }])),
    ssh: {},
    ...more,
  })

function found<T>(it: T | undefined, name: string): T {
  if (it === undefined) throw new Error(`there is no ${name} in this fake world`)
  return it
}
