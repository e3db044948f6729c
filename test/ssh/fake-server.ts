// An SSH server in this process (ssh2's Server, not OpenSSH) whose faults have names: it drops, freezes, keeps silent.
// Commands run for real in /bin/sh with the PATH given, so that a simulated sudo can stand in front.
import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import ssh2, { type Connection } from 'ssh2'
import type { KeyPair } from './keys.ts'

export interface FakeServer {
  readonly port: number
  /** How many logins there were. */
  readonly logins: number
  /** Every command line asked for, as sshd would see it. */
  readonly commands: readonly string[]
  /** Cuts all connections, as a firewall that resets does. */
  drop(): void
  /** Stops reading and answering, as a frozen host does; the sockets stay open. */
  freeze(): void
  close(): Promise<void>
}

export interface FakeServerOptions {
  readonly hostKey: KeyPair
  readonly accepts: KeyPair
  readonly env?: Readonly<Record<string, string>>
  /** Answers no session request at all. */
  readonly silentSessions?: boolean
}

export async function fakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const accepted = ssh2.utils.parseKey(options.accepts.public)
  if (accepted instanceof Error) throw accepted
  const commands: string[] = []
  const children = new Set<ChildProcess>()
  const sockets = new Set<Socket>()
  let logins = 0
  let frozen = false

  const serve = (connection: Connection) => {
    connection.on('error', () => {}) // clients of these tests drop lines on purpose
    connection.on('authentication', context => {
      if (context.method !== 'publickey' || !accepted.getPublicSSH().equals(context.key.data))
        return context.reject(['publickey'])
      if (context.signature && context.blob && !accepted.verify(context.blob, context.signature, context.hashAlgo))
        return context.reject()
      context.accept()
    })
    connection.on('ready', () => {
      logins += 1
    })
    connection.on('session', accept => {
      if (options.silentSessions) return
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command)
        const channel = acceptExec()
        const child = spawn('/bin/sh', ['-c', command], { env: { PATH: process.env.PATH, ...options.env } })
        children.add(child)
        channel.on('error', () => {})
        child.stdin.on('error', () => {}) // the script may end before it read everything
        channel.pipe(child.stdin)
        child.stdout.pipe(channel, { end: false })
        child.stderr.pipe(channel.stderr, { end: false })
        child.on('close', code => {
          children.delete(child)
          if (frozen) return
          channel.exit(code ?? 255)
          channel.end()
        })
      })
    })
  }

  const server = new ssh2.Server({ hostKeys: [options.hostKey.private] }, serve)
  // ssh2 gives no way to the sockets, and a frozen host is one whose sockets stay open and silent: a relay stands in front.
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const inner = portOf(server.address())
  const front = createServer(socket => {
    const back = connect(inner, '127.0.0.1')
    for (const one of [socket, back]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        if (!frozen) (one === socket ? back : socket).destroy()
      })
    }
    socket.pipe(back).pipe(socket)
  })
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))

  return {
    port: portOf(front.address()),
    get logins() {
      return logins
    },
    commands,
    drop() {
      for (const socket of sockets) socket.destroy()
    },
    freeze() {
      frozen = true
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    async close() {
      for (const child of children) child.kill('SIGKILL')
      for (const socket of sockets) socket.destroy()
      await Promise.all([new Promise(resolve => front.close(resolve)), new Promise(resolve => server.close(resolve))])
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port')
  return address.port
}
