// The real ZooKeeper server of a master: its files, and its process as a child that is started again when it dies.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type NodeConfig, nodePath } from './node-config.ts'

const jars = ['zookeeper', 'slf4j-simple', 'slf4j-api', 'servlet-api'].map(name => `/usr/share/java/${name}.jar`)

/** Heap and caches kept small: several servers share one machine. No fsync of the transaction log: tests only. */
const javaOptions = [
  ...['-Xms16m', '-Xmx128m', '-Xss256k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:MaxMetaspaceSize=64m'],
  ...['-XX:ReservedCodeCacheSize=16m', '-XX:-UsePerfData', '-Dzookeeper.forceSync=no'],
  ...['-Dzookeeper.admin.enableServer=false', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
]

const folder = '/var/lib/dcos/exhibitor'

/** zoo.cfg as Exhibitor writes it for DC/OS; autopurge as in dcos/dcos packages/exhibitor/extra/start_exhibitor.py. */
function zooCfg(config: NodeConfig): string {
  const servers = config.masters.map(({ address }, index) => `server.${index + 1}=${address}:2888:3888;${address}:2181`)
  return [
    `tickTime=${config.timing.zookeeperTick}`,
    ...['initLimit=10', 'syncLimit=5', 'maxClientCnxns=0', '4lw.commands.whitelist=*'],
    ...[
      'autopurge.snapRetainCount=3',
      'autopurge.purgeInterval=1',
      'standaloneEnabled=true',
      'admin.enableServer=false',
    ],
    // the whole range of time-outs of DC/OS' tick of 2 s, so that a shorter tick does not clip the sessions of clients
    ...['minSessionTimeout=1000', 'maxSessionTimeout=40000'],
    `dataDir=${nodePath(config, `${folder}/zookeeper/snapshot`)}`,
    `dataLogDir=${nodePath(config, `${folder}/zookeeper/transactions`)}`,
    ...(config.masters.length > 1 ? servers : [`clientPort=2181`, `clientPortAddress=${config.address}`]),
    '',
  ].join('\n')
}

export class ZookeeperServer {
  readonly #config: NodeConfig
  #child: ChildProcess | undefined
  #stopped = false

  constructor(config: NodeConfig) {
    this.#config = config
  }

  /** Writes the configuration and starts the server; from then on a dead server is started again after a second. */
  start(): void {
    const at = (path: string) => nodePath(this.#config, `${folder}/${path}`)
    for (const path of ['zookeeper/snapshot', 'zookeeper/transactions', 'conf'])
      mkdirSync(at(path), { recursive: true })
    writeFileSync(at('conf/zoo.cfg'), zooCfg(this.#config))
    const id = this.#config.masters.findIndex(({ address }) => address === this.#config.address) + 1
    writeFileSync(at('zookeeper/snapshot/myid'), `${id}\n`)
    this.#run()
  }

  #run(): void {
    const pidFile = nodePath(this.#config, `${folder}/zk.pid`)
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
    const cfg = nodePath(this.#config, `${folder}/conf/zoo.cfg`)
    const child = spawn('java', [...javaOptions, '-cp', jars.join(':'), main, cfg], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    this.#child = child
    if (child.pid !== undefined) writeFileSync(pidFile, `${child.pid}\n`)
    child.once('error', error => console.error(`ZooKeeper did not start: ${error.message}`))
    child.once('close', (code, signal) => {
      if (this.#stopped) return // Exhibitor leaves the pid file, and dcos-zk wants it.
      rmSync(pidFile, { force: true })
      console.error(`ZooKeeper ended (${signal ?? code}); starting it again`)
      setTimeout(() => this.#stopped || this.#run(), 1_000)
    })
  }

  /** Ends the server and waits for it; a server that does not end in five seconds is killed. */
  async stop(): Promise<void> {
    this.#stopped = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise(resolve => child.once('close', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await closed
    clearTimeout(timer)
  }
}
