// The simulated services as plain processes on loopback addresses: for tests that need no hosts, only Java and ZooKeeper's jars.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ServiceFault } from './faults.ts'
import { faultsFolder } from './faults.ts'
import { nodeFiles } from './install.ts'
import { labTiming, type NodeName, type Timing } from './node-config.ts'

const services = ['exhibitor', 'mesos-master', 'mesos-agent', 'marathon', 'metronome'] as const
export type Service = (typeof services)[number]

/** Why the services can't run on this machine; undefined where they can. */
export function servicesUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: every address of 127.0.0.0/8 must be there'
  if (!existsSync('/usr/bin/java')) return 'needs Java (Debian: default-jre-headless)'
  if (!existsSync('/usr/share/java/zookeeper.jar')) return "needs ZooKeeper's jars (Debian: zookeeper)"
  return undefined
}

type Size = {
  readonly masters: number
  readonly agents: number
  readonly version: string
  readonly timing?: Partial<Timing>
}

export class ClusterOnLoopback {
  readonly folder: string
  readonly masters: readonly NodeName[]
  readonly agents: readonly NodeName[]
  readonly #running = new Map<string, ChildProcess>()

  private constructor(folder: string, masters: readonly NodeName[], agents: readonly NodeName[]) {
    this.folder = folder
    this.masters = masters
    this.agents = agents
  }

  /** Writes the files of every node; nothing runs yet. */
  static async make({ masters, agents, version, timing }: Size): Promise<ClusterOnLoopback> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-services-'))
    const name = (letter: string, first: number) => (_: unknown, index: number) => ({
      name: `${letter}${index + 1}`,
      address: `127.77.0.${first + index}`,
    })
    const cluster = new ClusterOnLoopback(
      folder,
      Array.from({ length: masters }, name('m', 11)),
      Array.from({ length: agents }, name('a', 21)),
    )
    const all = [
      ...cluster.masters.map(node => ({ ...node, role: 'master' as const })),
      ...cluster.agents.map(node => ({ ...node, role: 'agent' as const })),
    ]
    for (const node of all) {
      const root = cluster.root(node.name)
      const shared = { masters: cluster.masters, agents: cluster.agents, version, timing: { ...labTiming, ...timing } }
      const spec = {
        ...node,
        ...shared,
        clusterId: '0f3c1a52-6d4e-4b7a-9c1e-5a2f7e8d9b10',
        bootstrapUrl: 'http://127.77.0.2',
        root,
      }
      for (const file of await nodeFiles(spec)) {
        const path = join(root, file.path)
        mkdirSync(dirname(path), { recursive: true })
        if ('link' in file) symlinkSync(join(root, file.link), path)
        else writeFileSync(path, file.content, { mode: file.mode ?? 0o644 })
      }
    }
    return cluster
  }

  root(node: string): string {
    return join(this.folder, node)
  }

  address(node: string): string {
    const found = [...this.masters, ...this.agents].find(({ name }) => name === node)
    if (found === undefined) throw new Error(`no node ${node}`)
    return found.address
  }

  start(node: string, service: Service): void {
    const log = openSync(join(this.root(node), `${service}.log`), 'a')
    const child = spawn(process.execPath, [join(import.meta.dirname, `${service}.ts`)], {
      env: {
        ...process.env,
        LAB_NODE: join(this.root(node), 'etc/lab/node.json'),
        NODE_COMPILE_CACHE: join(tmpdir(), 'lab-compile-cache'),
      },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#running.set(`${node}/${service}`, child)
  }

  /** Sends the signal and waits for the process to end. */
  async stop(node: string, service: Service, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#running.get(`${node}/${service}`)
    this.#running.delete(`${node}/${service}`)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('close', resolve))
    child.kill(signal)
    await ended
  }

  runs(node: string, service: Service): boolean {
    const child = this.#running.get(`${node}/${service}`)
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  setFault(node: string, fault: ServiceFault, on: boolean): void {
    const file = join(this.root(node), faultsFolder, fault)
    mkdirSync(dirname(file), { recursive: true })
    if (on) writeFileSync(file, '')
    else rmSync(file, { force: true })
  }

  log(node: string, service: Service): string {
    return readFileSync(join(this.root(node), `${service}.log`), 'utf8')
  }

  /** Stops everything and removes the folder. */
  async end(): Promise<void> {
    await Promise.all(
      [...this.#running.keys()].map(key => {
        const [node = '', service = ''] = key.split('/')
        const known = services.find(name => name === service)
        return known === undefined ? undefined : this.stop(node, known)
      }),
    )
    await rm(this.folder, { recursive: true, force: true })
  }
}
