// The operator of a lab's cluster: a workstation with a name, a cluster file and a state folder of its own, that types dcosctl.
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { z } from 'zod'
import type { clusterFile } from '../../src/config/schema.ts'
import type { JournalRecord } from '../../src/engine/journal.ts'
import { readJournal } from '../../src/engine/journal-file.ts'
import { type Ended, exitStatus } from '../lab/command.ts'
import { until } from '../lab/deadline.ts'
import type { Lab } from '../lab/lab.ts'
import { repository } from '../lab/paths.ts'
import { newestVersion, upgradeScriptPath } from '../lab/services/upgrade-script-path.ts'

export type FileOfCluster = z.input<typeof clusterFile>

interface TypeOptions {
  /** Beside what every command of this operator gets; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** Seconds; after them the command is killed and the promise rejected. */
  readonly timeout?: number
}

/** A dcosctl under way. */
export interface Typed {
  readonly pid: number
  /** What it wrote so far, stdout and stderr as they came. */
  readonly output: string
  /** `kill` of this one process; one that has ended is left alone. */
  kill(signal: NodeJS.Signals): void
  /** Never rejects. */
  readonly ended: Promise<Ended>
}

export interface Operator {
  /** Name of the workstation, as the claim tells it. */
  readonly name: string
  readonly configPath: string
  readonly stateHome: string
  /** Runs to its end, without a terminal. */
  dcosctl(args: readonly string[], options?: TypeOptions): Promise<Ended>
  /** Begins it and goes on. */
  start(args: readonly string[], options?: Omit<TypeOptions, 'timeout'>): Typed
  /** Writes the cluster file anew, with these top-level keys in place of the usual ones. */
  writeFile(overrides: Partial<FileOfCluster>): void
  /** Names of the runs that began here, oldest first. */
  runs(): readonly string[]
  /** What the run's journal holds now; without a name that of the latest run. Throws where there is none. */
  journalOf(run?: string): Promise<readonly JournalRecord[]>
  /** Kills what still runs and takes the folder away. */
  close(): Promise<void>
}

/**
 * The cluster file of a lab, with patience cut to what a lab needs; waits of minutes would only make tests slow.
 * `backups`: the directory where a lab without S3 keeps them.
 */
export function clusterFileOf({ description }: Lab, backups: string): FileOfCluster {
  const { clusterName, clusterId, nodes, ssh, s3, bootstrapUrl, version } = description
  const of = (role: 'master' | 'agent') => nodes.filter(node => node.role === role)
  return {
    cluster: { name: clusterName, id: clusterId },
    masters: of('master').map(({ name, address }) => ({ name, address })),
    nodes: Object.fromEntries(of('agent').map(({ name, address }) => [address, { name }])),
    ssh: {
      user: ssh.user,
      identities: [ssh.identityFile],
      knownHosts: [ssh.knownHostsFile],
      config: '/dev/null',
      connectWithin: '5s',
    },
    zookeeper: { sessionTimeout: '8s' },
    store: s3
      ? { s3: { bucket: s3.bucket, endpoint: s3.endpoint, region: s3.region, pathStyle: true } }
      : { directory: backups },
    encryption: 'none',
    upgrade: {
      scriptUrl: `${bootstrapUrl}${upgradeScriptPath(version, newestVersion)}`,
      agents: { atMost: 1, canaries: 1, soak: '1s' },
    },
    patience: {
      cluster: { within: '30s', every: '1s', steady: '0s' },
      master: { within: '60s', every: '1s', steady: '1s' },
      agent: { within: '60s', every: '1s', steady: '0s' },
    },
  }
}

export interface OperatorOptions {
  readonly name?: string
  /** Top-level keys of the cluster file in place of the usual ones. */
  readonly file?: Partial<FileOfCluster>
  /** Beside what every operator has. */
  readonly env?: NodeJS.ProcessEnv
}

/** An operator with a workstation of his own. */
export function operatorOf(lab: Lab, { name = 'desk', file = {}, env: own = {} }: OperatorOptions = {}): Operator {
  const folder = mkdtempSync(join(tmpdir(), `dcosctl-${name}-`))
  const configPath = join(folder, 'dcosctl.yaml')
  const stateHome = join(folder, 'state')
  const runsFolder = join(stateHome, 'dcosctl', lab.description.clusterName, 'runs')
  const writeFile = (overrides: Partial<FileOfCluster>) =>
    writeFileSync(configPath, stringify({ ...clusterFileOf(lab, join(folder, 'backups')), ...overrides }))
  for (const made of ['home', 'backups']) mkdirSync(join(folder, made))
  writeFile(file)

  const { s3 } = lab.description
  const usual = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    NODE_COMPILE_CACHE: join(tmpdir(), 'dcosctl-compile-cache'),
    DCOSCTL_CONFIG: configPath,
    XDG_STATE_HOME: stateHome,
    ...(s3 && { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey }),
    ...own,
  }
  const underWay = new Set<Typed>()

  const runs = () => (existsSync(runsFolder) ? readdirSync(runsFolder).sort() : [])

  const start: Operator['start'] = (args, { env, input } = {}) => {
    const child = lab.spawn([...onWorkstation(name), join(repository, 'bin/dcosctl'), ...args], {
      cwd: folder,
      env: { ...usual, ...env },
      stdio: 'pipe',
    })
    const typed = follow(child, input)
    underWay.add(typed)
    typed.ended.then(() => underWay.delete(typed))
    return typed
  }

  return {
    name,
    configPath,
    stateHome,
    start,
    writeFile,
    async dcosctl(args, { timeout = 120, ...rest } = {}) {
      const typed = start(args, rest)
      const late = AbortSignal.timeout(timeout * 1000)
      late.addEventListener('abort', () => typed.kill('SIGKILL'))
      const ended = await typed.ended
      if (late.aborted) throw new Error(`no end after ${timeout} s: dcosctl ${args.join(' ')}\n${typed.output}`)
      return ended
    },
    runs,
    async journalOf(run) {
      const named = run ?? runs().at(-1)
      if (named === undefined) throw new Error(`no run began on ${name}`)
      return readJournal(join(runsFolder, named))
    },
    async close() {
      for (const typed of underWay) typed.kill('SIGKILL')
      await Promise.all([...underWay].map(({ ended }) => ended))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the cluster is well by dcosctl's own word, as it is some seconds after a lab's start. */
export async function untilWell(operator: Operator, seconds = 90): Promise<void> {
  let last = ''
  const isWell = async () => {
    const { exit, stdout, stderr } = await operator.dcosctl(['check'])
    last = `${stdout}${stderr}`
    return exit === 0
  }
  await until('dcosctl check exits 0', seconds, isWell, 500).catch((cause: Error) => {
    throw new Error(`${cause.message}\n${last}`, { cause })
  })
}

/** A host name is per UTS namespace; `hostname` sets it in one that this command alone lives in. */
const onWorkstation = (name: string): readonly string[] => [
  ...['unshare', '--uts', '--', 'sh', '-c'],
  'hostname "$0" && exec "$@"',
  name,
]

function follow(child: ChildProcess, input: string | undefined): Typed {
  const { pid, stdin, stdout, stderr } = child
  if (pid === undefined || !stdin || !stdout || !stderr) throw new Error('dcosctl could not be started in the lab')
  let output = ''
  const said = { stdout: '', stderr: '' }
  for (const [stream, which] of [
    [stdout, 'stdout'],
    [stderr, 'stderr'],
  ] as const) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      said[which] += text
      output += text
    })
  }
  // A command that never reads its input closes the pipe early.
  stdin.on('error', () => undefined)
  stdin.end(input)
  const { promise: ended, resolve } = Promise.withResolvers<Ended>()
  let isOver = false
  child.on('close', (code, signal) => {
    isOver = true
    resolve({ exit: exitStatus(code, signal), ...said })
  })
  return {
    pid,
    get output() {
      return output
    },
    kill(signal) {
      if (!isOver) process.kill(pid, signal)
    },
    ended,
  }
}
