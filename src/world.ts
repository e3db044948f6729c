// What actions and checks work with: the cluster file, the nodes over SSH, the services on them, the store. Opened once per command.
import type { ClusterFile } from './config/schema.ts'
import { exhibitorPort } from './exhibitor/exhibitor.ts'
import type { Service } from './http.ts'
import { marathonPort } from './marathon/marathon.ts'
import { masterPort } from './mesos/master.ts'
import { metronomePorts } from './metronome/metronome.ts'
import type { NodeName } from './plan/types.ts'
import type { Role } from './plan/vocabulary.ts'
import { PortClosed } from './ssh/errors.ts'
import type { Hosts } from './ssh/host.ts'
import type { Store } from './store/store.ts'

/** A node as the inventory knows it. */
export interface Node {
  readonly name: NodeName
  readonly address: string
  readonly role: Role
}

export interface World {
  readonly file: ClusterFile
  readonly hosts: Hosts
  /** Masters of the cluster file and the agents that were discovered or named by a plan. */
  readonly nodes: ReadonlyMap<NodeName, Node>
  /** Tells the world of agents it should be able to reach from now on. */
  learn(agents: readonly { readonly name: NodeName; readonly address: string }[]): void
  /** The store of the cluster file. @throws DcosctlError USAGE where it names none. */
  store(): Promise<Store>
  close(): Promise<void>
}

/** Milliseconds for one small question to one node; its answer may have as many bytes as the connection allows by itself. */
const small = { within: 15_000 } as const

/** For an answer that names every agent, task or app: 10,000 agents make some 100 MB of JSON. */
const big = { within: 60_000, maxBytes: 256 * 1024 * 1024 } as const

const services = {
  mesos: { ports: [masterPort], says: 'Mesos' },
  marathon: { ports: [marathonPort], says: 'Marathon' },
  metronome: { ports: metronomePorts, says: 'Metronome' },
  exhibitor: { ports: [exhibitorPort], says: 'Exhibitor' },
} as const

/** A service on a node, asked through that node's own SSH connection, so that no proxy or cache answers for it. */
export function serviceOn({ hosts }: Pick<World, 'hosts'>, node: NodeName, which: keyof typeof services): Service {
  const { ports, says } = services[which]
  return {
    says: `${says} on ${node}`,
    async ask({ big: grows = false, ...request }) {
      const host = await hosts.host(node)
      const headers = request.body === undefined ? {} : { headers: { 'content-type': 'application/json' } }
      const asked = { ...request, ...headers, ...(grows ? big : small) }
      const [port, elsewhere] = ports
      try {
        return await host.http({ ...asked, port })
      } catch (error) {
        if (elsewhere === undefined || !(error instanceof PortClosed)) throw error
        return host.http({ ...asked, port: elsewhere })
      }
    },
  }
}

/** The node name of the bootstrap host of the cluster file. It is no DC/OS node: nothing but files is read from it. */
export const bootstrapName: NodeName = 'bootstrap'

export const masterNames = ({ file }: Pick<World, 'file'>): readonly NodeName[] => file.masters.map(({ name }) => name)
