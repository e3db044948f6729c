// Opens what a command works with: the cluster file, the nodes (each looked at before anything is asked of it), the store.
import { clusterFilePlaces, loadClusterFile } from '../config/load.ts'
import { seconds } from '../config/patience.ts'
import type { ClusterFile } from '../config/schema.ts'
import { readSecret } from '../config/secret-source.ts'
import { differences, nodeScript, readNode } from '../dcos/node.ts'
import { DcosctlError } from '../errors.ts'
import type { NodeName } from '../plan/types.ts'
import type { Host, Hosts } from '../ssh/host.ts'
import { openHosts, usualPulse } from '../ssh/hosts.ts'
import type { NodeToReach } from '../ssh/targets.ts'
import type { Store } from '../store/store.ts'
import { bootstrapName, type Node, type World } from '../world.ts'

export interface ConfigFlag {
  readonly config?: string | undefined
}

/** @throws DcosctlError USAGE with every finding. */
export async function loadConfig(flags: ConfigFlag): Promise<ClusterFile> {
  return (await loadClusterFile(clusterFilePlaces(flags.config, process.env, process.cwd()))).file
}

/** Opens the world, does the work, and closes the connections whatever happens. */
export async function withWorld<T>(flags: ConfigFlag, work: (world: World) => Promise<T>): Promise<T> {
  return withWorldOf(await loadConfig(flags), work)
}

/** As `withWorld`, of a cluster file that was read already. */
export async function withWorldOf<T>(file: ClusterFile, work: (world: World) => Promise<T>): Promise<T> {
  const world = openWorld(file, process.env)
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}

function openWorld(file: ClusterFile, environment: NodeJS.ProcessEnv): World {
  const nodes = new Map<NodeName, Node>()
  const reached = new Map<NodeName, Hosts>()
  const learn = (found: readonly Node[]) => {
    const fresh = found.filter(({ name }) => !nodes.has(name))
    for (const node of fresh) nodes.set(node.name, node)
    if (fresh.length === 0) return
    const hosts = hostsFor(file, fresh, environment)
    for (const { name } of fresh) reached.set(name, hosts)
  }
  learn(file.masters.map(({ name, address }) => ({ name, address, role: 'master' })))
  if (file.bootstrap) reached.set(bootstrapName, bootstrapHosts(file, file.bootstrap, environment))
  return {
    file,
    nodes,
    hosts: {
      host(name) {
        const hosts = reached.get(name)
        if (hosts) return hosts.host(name)
        throw new DcosctlError('REFUSED', {
          what: `There is no node ${name} in ${file.cluster.name}.`,
          state: 'Nothing was changed.',
        })
      },
      close: async () => void (await Promise.all([...new Set(reached.values())].map(hosts => hosts.close()))),
    },
    learn: agents => learn(agents.map(({ name, address }) => ({ name, address, role: 'agent' }))),
    store: () => openStore(file),
    async close() {
      await this.hosts.close()
    },
  }
}

function hostsFor(file: ClusterFile, nodes: readonly Node[], environment: NodeJS.ProcessEnv): Hosts {
  return openHosts({
    nodes: nodes.map(node => dialOf(file, node)),
    ...loginOf(file, environment),
    afterLogin: host =>
      seeThatItIsMeant(
        host,
        file.cluster.id,
        nodes.find(({ name }) => name === host.name),
      ),
  })
}

function loginOf({ ssh }: ClusterFile, environment: NodeJS.ProcessEnv) {
  const sudo = ssh.sudoPassword
  return {
    ssh: { ...ssh, agent: environment.SSH_AUTH_SOCK },
    pulse: { ...usualPulse, connectWithin: seconds(ssh.connectWithin) * 1000 },
    ...(sudo ? { sudoPassword: () => readSecret('The sudo password', sudo, environment) } : {}),
  }
}

/** It has no role and no cluster id that could be compared: its host key alone says that it is the one that is meant. */
function bootstrapHosts(
  file: ClusterFile,
  { host, port, user, jump }: NonNullable<ClusterFile['bootstrap']>,
  environment: NodeJS.ProcessEnv,
): Hosts {
  return openHosts({
    nodes: [{ name: bootstrapName, address: host, host, port, user, jump }],
    ...loginOf(file, environment),
    afterLogin: async () => {},
  })
}

export function dialOf(file: ClusterFile, { name, address }: Pick<Node, 'name' | 'address'>): NodeToReach {
  const { host, port, user, jump } = file.masters.find(master => master.name === name) ?? file.nodes[address] ?? {}
  return { name, address, host: host ?? address, port, user, jump }
}

const scriptWithin = 30_000

/** After login and before anything else: the machine must be the one we mean, for an address can be handed on. @throws DcosctlError REFUSED */
async function seeThatItIsMeant(host: Host, clusterId: string, node: Node | undefined): Promise<void> {
  if (!node) return
  const { stdout } = await host.run(nodeScript, { as: 'root', within: scriptWithin })
  const wrong = differences(readNode(stdout), { ...node, clusterId })
  if (wrong.length === 0) return
  throw new DcosctlError('REFUSED', {
    what: `The machine behind ${node.name} is not the one that is meant: ${wrong.join('; ')}.`,
    state: 'Nothing was changed on it.',
    next: ['compare the cluster file with the machine: masters, nodes, cluster.id'],
  })
}

/** @throws DcosctlError USAGE where the cluster file names no store. */
async function openStore(file: ClusterFile): Promise<Store> {
  const { store } = file
  if (!store) {
    throw new DcosctlError('USAGE', {
      what: 'The cluster file names no store.',
      state: 'Nothing was touched.',
      next: ['add to it:  store: { directory: /path }  or  store: { s3: { bucket: … } },  and  encryption:'],
    })
  }
  if ('directory' in store) {
    const { directoryStore } = await import('../store/directory.ts')
    return directoryStore(store.directory)
  }
  const { s3Store } = await import('../store/s3.ts')
  const { serverSide, ...options } = store.s3
  return s3Store({ ...options, ...(serverSide ? { serverSide: serverSideOf(serverSide) } : {}) }, () => new Date())
}

const serverSideOf = (asked: 'AES256' | { readonly kmsKey: string }) =>
  asked === 'AES256' ? ({ kind: 'AES256' } as const) : ({ kind: 'aws:kms', keyId: asked.kmsKey } as const)
