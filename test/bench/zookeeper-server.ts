// A ZooKeeper server for measuring: on loopback, in a folder of its own, compiled by the real compiler, with 1 GiB.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const jars = ['zookeeper', 'slf4j-log4j12', 'log4j-1.2', 'servlet-api'].map(name => `/usr/share/java/${name}.jar`)

export interface BenchServer {
  readonly port: number
  stop(): Promise<void>
}

export async function startServer(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'dcosctl-bench-'))
  const port = await freePort()
  const config = join(folder, 'zoo.cfg')
  const lines = [
    `dataDir=${folder}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    ...['tickTime=2000', 'admin.enableServer=false', '4lw.commands.whitelist=*', 'maxClientCnxns=0'],
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  const server = spawn(
    'java',
    [
      ...['-Xms1g', '-Xmx1g', '-Dzookeeper.forceSync=no', '-Dzookeeper.snapCount=10000000'],
      ...['-cp', jars.join(':'), 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config],
    ],
    { stdio: 'ignore' },
  )
  const until = performance.now() + 30_000
  while (!(await serves(port))) {
    if (performance.now() > until || server.exitCode !== null) throw new Error('ZooKeeper did not start within 30 s')
    await pause(50)
  }
  return {
    port,
    async stop() {
      await gone(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function gone(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const ended = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGKILL')
  await ended
}

/** A server that says it serves nobody yet may leave the line open: it is asked anew. */
const serves = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'))
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', piece => {
      text += piece.toString('latin1')
    })
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(text.includes('Mode:')))
  })

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
