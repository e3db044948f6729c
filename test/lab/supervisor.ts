// Owns one lab: runs as the first process of namespaces of its own (see start-supervisor.ts), so that with it everything ends.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { startBootstrap } from './bootstrap-host.ts'
import { makeCgroup, mountHierarchy, moveInto } from './cgroups.ts'
import { must } from './command.ts'
import { type LabDescription, writeDescription } from './description.ts'
import { switchFault } from './faults.ts'
import { LabNode } from './lab-node.ts'
import { makeBridge } from './network.ts'
import { ensureKeys, hostFiles, type NodeFile } from './node-files.ts'
import { type LabPaths, labPaths } from './paths.ts'
import { startS3 } from './s3.ts'
import type { Say } from './say.ts'
import { nodeFiles, type NodeSpec as ServicesSpec } from './services/install.ts'
import { bootstrapUrl, clusterName, nodesOf, operatorAddress } from './topology.ts'
import { type LabStatus, listen, type Request } from './wire.ts'

const orderSchema = z.object({
  masters: z.number(),
  agents: z.number(),
  version: z.string(),
  s3: z.boolean(),
  image: z.string(),
})
type Order = z.infer<typeof orderSchema>

async function takeOwnership(paths: LabPaths): Promise<void> {
  // /run is ours alone: nspawn and ip-netns keep their state there, and want it on a tmpfs.
  const mounts = `mount --make-rshared / && mount -t tmpfs -o mode=755 tmpfs /run && ${mountHierarchy} &&
    mkdir -p /run/netns /run/systemd/nspawn /run/lock`
  await must(['sh', '-ec', mounts], { seconds: 20 })
  const own = makeCgroup(paths.cgroup, 'supervisor')
  for (const pid of [1, process.pid]) moveInto(own, pid)
}

class Supervisor {
  readonly #order: Order
  readonly #paths: LabPaths
  readonly #nodes: readonly LabNode[]
  readonly #clusterId = randomUUID()
  readonly #story: string[] = []
  readonly #listeners = new Set<Say>()
  readonly #started = performance.now()
  readonly #ready: Promise<void>
  #s3: string
  #bootstrap = { state: 'starting' }

  constructor(order: Order, paths: LabPaths) {
    this.#order = order
    this.#paths = paths
    this.#nodes = nodesOf(order).map(spec => new LabNode(spec, paths))
    this.#s3 = order.s3 ? 'starting' : 'none'
    this.#ready = this.#start()
    // Whoever asks for `ready` gets the error; until somebody asks, the lab stays to be asked.
    this.#ready.catch(error => this.#say(`failed: ${error instanceof Error ? error.message : error}`))
  }

  async #start(): Promise<void> {
    const specs = this.#nodes.map(({ spec }) => spec)
    await Promise.all([makeBridge(), ensureKeys(specs, this.#paths)])
    const [s3] = await Promise.all([this.#startS3(), this.#startNodes(), this.#startBootstrap()])
    writeDescription(this.#paths.description, this.#describe(s3))
    this.#say('ready')
  }

  async #startNodes(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async node => {
        await node.plugIn()
        await node.makeDisk(this.#order.image, await this.#filesOf(node))
        node.boot()
        await node.sshAnswers()
      }),
    )
    this.#say(`${this.#nodes.length} nodes answer on ssh`)
  }

  async #filesOf({ spec }: LabNode): Promise<readonly NodeFile[]> {
    const nodes = this.#nodes.map(node => node.spec)
    const files = await Promise.all([hostFiles(spec, nodes, this.#paths), nodeFiles({ ...spec, ...this.#cluster() })])
    return files.flat()
  }

  /** What every simulated service is told about the cluster it is part of. */
  #cluster(): Omit<ServicesSpec, 'name' | 'role' | 'address'> {
    const nodes = this.#nodes.map(node => node.spec)
    return {
      masters: nodes.filter(({ role }) => role === 'master'),
      agents: nodes.filter(({ role }) => role === 'agent'),
      version: this.#order.version,
      clusterId: this.#clusterId,
      bootstrapUrl,
    }
  }

  async #startBootstrap(): Promise<void> {
    this.#bootstrap = await startBootstrap(this.#cluster(), this.#paths.logs)
  }

  async #startS3(): Promise<LabDescription['s3']> {
    if (!this.#order.s3) return null
    const s3 = await startS3(this.#paths.s3)
    this.#s3 = 'serving'
    this.#say(`S3 serves at ${s3.endpoint}`)
    return s3
  }

  #describe(s3: LabDescription['s3']): LabDescription {
    return {
      clusterName,
      clusterId: this.#clusterId,
      version: this.#order.version,
      supervisor: Number(readFileSync(this.#paths.pid, 'utf8')),
      operatorAddress,
      nodes: this.#nodes.map(({ spec }) => spec),
      ssh: {
        user: 'core',
        port: 22,
        identityFile: this.#paths.identity,
        knownHostsFile: this.#paths.knownHosts,
        asks: { user: 'asks', password: 'sesame' },
        noisy: { user: 'noisy' },
      },
      bootstrapUrl,
      s3,
    }
  }

  #say(line: string): void {
    const timed = `${((performance.now() - this.#started) / 1000).toFixed(1)} s: ${line}`
    this.#story.push(timed)
    process.stdout.write(timed + '\n')
    for (const say of this.#listeners) say(timed)
  }

  async answer(request: Request, say: Say): Promise<unknown> {
    switch (request.ask) {
      case 'ready':
        return this.#tellUntilReady(say)
      case 'status':
        return this.#status()
      case 'run':
        return this.#node(request.node).run(request.script, request)
      case 'fault':
        return switchFault(request.fault, this.#node(request.node), request.on)
      case 'reset':
        return this.#reset()
    }
  }

  async #tellUntilReady(say: Say): Promise<void> {
    for (const line of this.#story) say(line)
    this.#listeners.add(say)
    await this.#ready.finally(() => this.#listeners.delete(say))
  }

  async #status(): Promise<LabStatus> {
    const nodes = this.#nodes.map(async node => ({
      ...node.spec,
      power: node.power,
      system: await systemState(node),
      boots: node.boots,
      faults: [...node.faults],
    }))
    return { nodes: await Promise.all(nodes), bootstrap: this.#bootstrap.state, s3: this.#s3 }
  }

  /** S3 stays as it is, objects included; cluster id and keys stay too. */
  async #reset(): Promise<void> {
    await this.#ready
    await Promise.all(this.#nodes.map(node => node.strip()))
    await this.#startNodes()
  }

  #node(name: string): LabNode {
    const found = this.#nodes.find(({ spec }) => spec.name === name)
    if (found) return found
    throw new Error(
      `There is no node called '${name}'; there are ${this.#nodes.map(({ spec }) => spec.name).join(', ')}.`,
    )
  }
}

/** What systemd in the node says of itself. */
async function systemState(node: LabNode): Promise<string> {
  if (node.power === 'off') return 'off'
  if (node.faults.has('freeze')) return 'frozen'
  try {
    return (await node.run('systemctl is-system-running', { seconds: 5 })).stdout.trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function main(directory: string): Promise<void> {
  const paths = labPaths(directory)
  const order = orderSchema.parse(JSON.parse(readFileSync(paths.spec, 'utf8')))
  mkdirSync(paths.logs, { recursive: true })
  await takeOwnership(paths)
  const supervisor = new Supervisor(order, paths)
  await listen(paths.socket, (request, say) => supervisor.answer(request, say))
}

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('The supervisor wants the directory of its lab.')
await main(directory)
