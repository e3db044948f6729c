// The lab as tests use it: bring it up or join one that runs, act in it as the operator, break it, end it.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { type Argv, command, type Ended } from './command.ts'
import { type LabDescription, readDescription } from './description.ts'
import { defaultDirectory, type LabPaths, labPaths } from './paths.ts'
import { labUnavailable as unavailable } from './requirements.ts'
import { type Say, sayOnStderr } from './say.ts'
import { down, supervisorOf, up } from './start-supervisor.ts'
import type { LabSpec } from './topology.ts'
import { ask, endedSchema, type LabStatus, statusSchema } from './wire.ts'

export interface LabOptions extends Partial<LabSpec> {
  readonly dir?: string
  /** Take the lab that runs in `dir` where it has the same hosts and version, as it is (`reset()` gives fresh disks). */
  readonly reuse?: boolean
  readonly say?: Say
}

export interface ExecOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly input?: string | Buffer
  /** Seconds; after them the command and its children are killed and the promise is rejected. */
  readonly timeout?: number
}

const faultSeconds = 120

/** Why this machine can't run the lab, after trying to install what is missing; undefined where it can. */
export const labUnavailable = (options: { s3?: boolean } = {}): string | undefined =>
  unavailable(sayOnStderr, { s3: options.s3 ?? true })

/** Throws, leaving nothing behind, where the lab can't be brought up. */
export async function labUp(options: LabOptions = {}): Promise<Lab> {
  const { masters = 3, agents = 3, version = '2.1.1', s3 = true, dir = defaultDirectory, say = sayOnStderr } = options
  const spec = { masters, agents, version, s3 }
  const running = options.reuse ? attach(dir) : undefined
  if (running?.matches(spec)) return running
  await up(dir, spec, say)
  const lab = attach(dir)
  if (!lab) throw new Error(`The lab in ${dir} was up and is gone again.`)
  return lab
}

/** The lab that runs in this directory, or undefined. */
export function attach(dir: string = defaultDirectory): Lab | undefined {
  const paths = labPaths(dir)
  const description = readDescription(paths.description)
  if (!description || supervisorOf(paths) !== description.supervisor) return undefined
  return new Lab(paths, description)
}

export class Lab {
  readonly paths: LabPaths
  readonly description: LabDescription

  constructor(paths: LabPaths, description: LabDescription) {
    this.paths = paths
    this.description = description
  }

  matches({ masters, agents, version, s3 }: LabSpec): boolean {
    const { nodes, ...own } = this.description
    const count = (role: 'master' | 'agent') => nodes.filter(node => node.role === role).length
    return (
      count('master') === masters && count('agent') === agents && own.version === version && (own.s3 !== null) === s3
    )
  }

  /** Words that go before a command to run it on the operator's workstation: this machine's files, the lab's network. */
  get operator(): Argv {
    return ['nsenter', `--net=/proc/${this.description.supervisor}/ns/net`, '--']
  }

  /** On the operator's workstation, to its end. */
  exec(argv: readonly string[], { timeout = 120, ...options }: ExecOptions = {}): Promise<Ended> {
    return command([...this.operator, ...argv], { ...options, seconds: timeout })
  }

  /** On the operator's workstation; leads a process group of its own, so that `process.kill(-pid)` takes all of it. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [file, ...args] = this.operator
    return spawn(file, [...args, ...argv], { ...options, detached: true })
  }

  /** The arguments of ssh that log into a node as the operator does. */
  sshArgv(node: string): Argv {
    const { user, identityFile, knownHostsFile } = this.description.ssh
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${knownHostsFile}`, 'ConnectTimeout=10']
    const flags = ['-F', '/dev/null', '-i', identityFile, ...options.flatMap(option => ['-o', option])]
    return ['ssh', ...flags, `${user}@${this.node(node).address}`]
  }

  node(name: string): LabHost {
    const found = this.description.nodes.find(node => node.name === name)
    if (!found) throw new Error(`There is no node called '${name}' in this lab.`)
    const run = async (script: string, { input, timeout = 30 }: { input?: string; timeout?: number } = {}) => {
      const request = { ask: 'run' as const, node: name, script, input, seconds: timeout }
      return endedSchema.parse(await ask(this.paths.socket, request, { seconds: timeout + 5 }))
    }
    return {
      ...found,
      disk: `/proc/${this.description.supervisor}/root${this.paths.nodes}/${name}/root`,
      exec: run,
      powerCut: () => this.fault('power-cut', name),
      boot: () => this.fault('power-on', name),
      reboot: () => this.fault('reboot', name),
    }
  }

  /** Ends when the fault is there (or gone): a node that boots answers on ssh by then. */
  async fault(fault: string, node: string, state: 'on' | 'off' = 'on'): Promise<void> {
    await ask(this.paths.socket, { ask: 'fault', fault, node, on: state === 'on' }, { seconds: faultSeconds })
  }

  async status(): Promise<LabStatus> {
    return statusSchema.parse(await ask(this.paths.socket, { ask: 'status' }, { seconds: 30 }))
  }

  /** All nodes with fresh disks and without faults; S3 keeps its objects. */
  async reset(): Promise<void> {
    await ask(this.paths.socket, { ask: 'reset' }, { seconds: faultSeconds })
  }

  down(): Promise<void> {
    return down(this.paths.root)
  }
}

export interface LabHost {
  readonly name: string
  readonly role: 'master' | 'agent'
  readonly address: string
  /** The node's root directory as this machine sees it; there also while the node is off. */
  readonly disk: string
  /** A shell script as root in the node, without ssh. `timeout` in seconds. */
  exec(script: string, options?: { input?: string; timeout?: number }): Promise<Ended>
  powerCut(): Promise<void>
  boot(): Promise<void>
  reboot(): Promise<void>
}
