// Real ZooKeeper servers for tests: an ensemble on 127.0.0.1, started in about a second, faults by name, stopped by pid.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

const jars = ['zookeeper', 'slf4j-log4j12', 'log4j-1.2', 'servlet-api'].map(name => `/usr/share/java/${name}.jar`)

/** Found on PATH. */
const java = 'java'

/** Why no ensemble can be started on this machine; undefined where it can. For the name of a `test.skipIf`. */
export const ensembleUnavailable: string | undefined = (() => {
  const [zookeeper = ''] = jars
  if (!existsSync(zookeeper)) return `needs ${zookeeper} (apt-get install zookeeper)`
  if (spawnSync(java, ['-version'], { stdio: 'ignore' }).status !== 0)
    return 'needs java (apt-get install default-jre-headless)'
  return undefined
})()

export interface EnsembleMember {
  readonly name: string
  readonly port: number
  /** Where it keeps `version-2/`. */
  readonly dataDir: string
  /** A connection to its client port, as a session's `dial` wants it. */
  connect(within: number): Promise<Duplex>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGSTOP: sockets stay open and silent. */
  freeze(): void
  thaw(): void
  /** Starts it again on its data. */
  start(): void
}

export interface Ensemble {
  readonly members: readonly EnsembleMember[]
  /** Resolves once so many members (all, unless said) serve and exactly one of them leads; a thawed leader thinks for a while that it still does. */
  serving(count?: number): Promise<void>
  /** `leader`, `follower`, `standalone`, or undefined where it does not serve. */
  mode(member: EnsembleMember): Promise<string | undefined>
  stop(): Promise<void>
}

export interface EnsembleOptions {
  readonly members: number
  /** Milliseconds; sessions may last 2 to 20 of them. */
  readonly tickTime: number
}

/** Starts an ensemble in a folder of its own and waits until it serves. Never asks the disk to sync: for tests only. */
export async function startEnsemble({ members, tickTime }: EnsembleOptions): Promise<Ensemble> {
  const folder = await mkdtemp(join(tmpdir(), 'dcosctl-zookeeper-'))
  const ports = await freePorts(members * 3)
  const at = (index: number) => {
    const port = ports[index]
    if (port === undefined) throw new RangeError('no such port')
    return port
  }
  const servers = Array.from(
    { length: members },
    (_, n) => `server.${n + 1}=127.0.0.1:${at(n * 3)}:${at(n * 3 + 1)};127.0.0.1:${at(n * 3 + 2)}`,
  )
  const all = await Promise.all(
    servers.map(async (_, n) => {
      const dataDir = join(folder, `zk${n + 1}`)
      await mkdir(dataDir)
      await writeFile(join(dataDir, 'myid'), `${n + 1}\n`)
      const config = join(dataDir, 'zoo.cfg')
      const lines = [
        `tickTime=${tickTime}`,
        'initLimit=20',
        'syncLimit=5',
        `dataDir=${dataDir}`,
        'admin.enableServer=false',
        '4lw.commands.whitelist=*',
        'maxClientCnxns=0',
        ...(members === 1 ? [`clientPort=${at(2)}`, 'clientPortAddress=127.0.0.1'] : servers),
      ]
      await writeFile(config, `${lines.join('\n')}\n`)
      return member(`zk${n + 1}`, at(n * 3 + 2), dataDir, config)
    }),
  )
  const mode = async ({ port }: EnsembleMember) => /Mode: (\w+)/.exec(await srvr(port).catch(() => ''))?.[1]
  const ensemble: Ensemble = {
    members: all,
    mode,
    async serving(count = members) {
      const seconds = 20
      const end = performance.now() + seconds * 1000
      for (;;) {
        const modes = await Promise.all(all.map(mode))
        const serve = modes.filter(m => m !== undefined)
        if (serve.length >= count && serve.filter(m => m !== 'follower').length === 1) return
        if (performance.now() > end)
          throw new Error(`the ensemble did not serve within ${seconds} s: ${modes.join(', ')}`)
        await pause(25)
      }
    },
    async stop() {
      await Promise.all(all.map(m => m.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
  for (const m of all) m.start()
  try {
    await ensemble.serving()
  } catch (thrown) {
    await ensemble.stop()
    throw thrown
  }
  return ensemble
}

function member(name: string, port: number, dataDir: string, config: string): EnsembleMember {
  let process: ChildProcess | undefined
  return {
    name,
    port,
    dataDir,
    connect: within => dialLoopback(port, within),
    start() {
      process = spawn(java, [...jvm, config], { stdio: 'ignore' })
    },
    async kill() {
      const running = process
      process = undefined
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const gone = new Promise(resolve => running.once('exit', resolve))
      running.kill('SIGKILL')
      await gone
    },
    freeze: () => void process?.kill('SIGSTOP'),
    thaw: () => void process?.kill('SIGCONT'),
  }
}

/** Small and quick to start: interpreter and first compiler only, little memory. */
const jvm = [
  '-Xms16m',
  '-Xmx64m',
  '-Xss256k',
  '-Xshare:auto',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Dzookeeper.forceSync=no',
  '-cp',
  jars.join(':'),
  'org.apache.zookeeper.server.quorum.QuorumPeerMain',
]

function dialLoopback(port: number, within: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${within} ms`)), within)
    socket.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

async function srvr(port: number): Promise<string> {
  const socket = await dialLoopback(port, 500)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setTimeout(500, () => socket.destroy(new Error('silent')))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    socket.write('srvr')
  })
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, async () => {
      const listener = createServer()
      await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
      return listener
    }),
  )
  const ports = listeners.map(listener => {
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return address.port
  })
  await Promise.all(listeners.map(listener => new Promise(resolve => listener.close(resolve))))
  return ports
}
