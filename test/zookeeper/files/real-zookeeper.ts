// Starts a real ZooKeeper server (Debian's package) on loopback and keeps writing to it, for copies of files that change.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { vi } from 'vitest'

const JAR = '/usr/share/java/zookeeper.jar'
const JAVA = '/usr/bin/java'

/** Why the tests can't run here; empty if they can. */
export const missing =
  (existsSync(JAR) ? '' : `no ${JAR} (apt-get install zookeeper)`) || (existsSync(JAVA) ? '' : `no ${JAVA}`)

export interface RealZookeeper {
  readonly port: number
  stop(): Promise<void>
}

/** Data in `root/snapshot` and `root/transactions`; a snapshot and a new log every few hundred transactions. `jvm`: more of its settings. */
export async function startZookeeper(root: string, jvm: readonly string[] = []): Promise<RealZookeeper> {
  // A port that was free a moment ago may be taken before the server has bound it: then it ends, and another one is tried.
  for (let tries = 3; tries > 1; tries--) {
    const started = await startOn(await freePort(), root, jvm)
    if (started) return started
  }
  const last = await startOn(await freePort(), root, jvm)
  if (last) return last
  throw new Error('the ZooKeeper server ended right after its start, three times')
}

/** Undefined when the server ended by itself. */
async function startOn(port: number, root: string, jvm: readonly string[]): Promise<RealZookeeper | undefined> {
  mkdirSync(join(root, 'snapshot'), { recursive: true })
  mkdirSync(join(root, 'transactions'), { recursive: true })
  const config = join(root, 'zoo.cfg')
  writeFileSync(
    config,
    [
      `dataDir=${root}/snapshot`,
      `dataLogDir=${root}/transactions`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      'tickTime=2000',
      'maxClientCnxns=0',
      '4lw.commands.whitelist=*',
      '',
    ].join('\n'),
  )
  const server = spawn(
    JAVA,
    [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dzookeeper.forceSync=no',
      '-Dzookeeper.snapCount=500',
      '-Dzookeeper.preAllocSize=64',
      ...jvm,
      '-cp',
      JAR,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      config,
    ],
    { stdio: 'ignore' },
  )
  try {
    const answers = () =>
      reportedZxid(port).then(
        () => true,
        () => false,
      )
    await vi.waitUntil(async () => server.exitCode !== null || (await answers()), { timeout: 30_000, interval: 100 })
  } catch (error) {
    await stopped(server)
    throw error
  }
  if (server.exitCode !== null) return undefined
  return { port, stop: () => stopped(server) }
}

async function stopped(server: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => server.on('exit', resolve))
  server.kill('SIGTERM')
  await gone
}

/** What `srvr` says: the last transaction that the server applied. */
export function reportedZxid(port: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = dial(port, '127.0.0.1', () => socket.write('srvr'))
    socket.setTimeout(1_000, () => socket.destroy()) // one that is about to serve may take the word and never answer
    socket.setEncoding('utf8').on('data', more => {
      text += more
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [, zxid] = /^Zxid: (0x[0-9a-f]+)$/m.exec(text) ?? []
      if (zxid) resolve(BigInt(zxid))
      else reject(new Error(`srvr answered ${JSON.stringify(text)}`))
    })
  })
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port)
        else reject(new Error('no port'))
      })
    })
  })

const int = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)])
const OPEN = Buffer.concat([int(1), int(31), text('world'), text('anyone')])
const request = (xid: number, type: number, ...body: Buffer[]) => {
  const bytes = Buffer.concat([int(xid), int(type), ...body])
  return Buffer.concat([int(bytes.length), bytes])
}

/** One client that keeps `WINDOW` requests on the way, of every kind that changes something, until told to stop. */
export class Writer {
  static readonly WINDOW = 12
  readonly #socket: Socket
  #stopping = false
  #sent = 0
  answered = 0
  readonly #closed: Promise<void>

  constructor(port: number) {
    this.#socket = dial(port, '127.0.0.1')
    this.#closed = new Promise(resolve => this.#socket.on('close', () => resolve()))
    const connect = Buffer.concat([
      int(0),
      Buffer.alloc(8),
      int(30_000),
      Buffer.alloc(8),
      int(16),
      Buffer.alloc(16),
      Buffer.alloc(1),
    ])
    this.#socket.write(Buffer.concat([int(connect.length), connect]))
    let pending = Buffer.alloc(0)
    let connected = false
    this.#socket.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece])
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
        pending = pending.subarray(4 + pending.readInt32BE())
        if (connected) this.answered++
        connected = true
        this.#goOn()
      }
    })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#closed
  }

  #goOn(): void {
    while (!this.#stopping && this.#sent - this.answered < Writer.WINDOW) this.#socket.write(this.#next(this.#sent++))
    if (this.#stopping && this.answered === this.#sent) this.#socket.end(request(this.#sent + 1, -11))
  }

  /** Many of these fail on purpose (a znode that is there, or gone): failures take a zxid too. */
  #next(n: number): Buffer {
    const node = `/n${(n * 7) % 61}`
    const child = `${node}/c${(n * 13) % 97}`
    const data = Buffer.alloc(n % 211 === 0 ? 60_000 : (n * 31) % 900, `${n} `)
    const withData = Buffer.concat([int(data.length), data])
    switch (n % 8) {
      case 0:
        return request(n, 1, text(node), withData, OPEN, int(0))
      case 1:
      case 2:
        return request(n, 1, text(child), withData, OPEN, int(n % 5 === 0 ? 1 : 0))
      case 3:
        return request(n, 1, text(`${node}/s-`), withData, OPEN, int(2))
      case 4:
        return request(n, 5, text(node), withData, int(-1))
      case 5:
        return request(n, 2, text(child), int(-1))
      case 6:
        return request(
          n,
          7,
          text(child),
          Buffer.concat([int(1), int(31 - (n % 3)), text('world'), text('anyone')]),
          int(-1),
        )
      default: {
        const end = Buffer.concat([int(-1), Buffer.from([1]), int(-1)])
        const part = (type: number) => Buffer.concat([int(type), Buffer.from([0]), int(-1)])
        return request(
          n,
          14,
          part(5),
          text(node),
          int(2),
          Buffer.from('hi'),
          int(-1),
          part(2),
          text(child),
          int(-1),
          end,
        )
      }
    }
  }
}
