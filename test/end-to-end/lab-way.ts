// A way from a test to the SSH port of a lab's node: a port on 127.0.0.1, whose connections the test can cut.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keysFor, parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import type { Lab } from '../lab/lab.ts'

export interface LabWay {
  readonly port: number
  /** `type base64` of the node's host key, from the lab's known_hosts. */
  readonly hostKey: string
  /** Cuts what is connected now, as a VPN that drops does. */
  cut(): void
  close(): Promise<void>
}

export async function wayInto(lab: Lab, node: string, folder: string): Promise<LabWay> {
  const { address } = lab.node(node)
  const { port: sshPort, knownHostsFile } = lab.description.ssh
  const known = keysFor(parseKnownHosts(await readFile(knownHostsFile, 'utf8'), knownHostsFile), address, sshPort)
  const [hostKey] = known
  if (!hostKey) throw new Error(`${knownHostsFile} has no key of ${address}`)

  const path = join(folder, `${node}.sock`)
  const program = fileURLToPath(new URL('./relay.ts', import.meta.url))
  const relay = lab.spawn([process.execPath, program, path, address, String(sshPort)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!relay.stdout) throw new Error('the relay has no stdout')
  await once(relay.stdout, 'data')

  const sockets = new Set<Socket>()
  const server = createServer(front => {
    const back = connect(path)
    for (const [one, other] of [
      [front, back],
      [back, front],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('no port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: listening.port,
    hostKey: `${hostKey.type} ${hostKey.key}`,
    cut,
    async close() {
      cut()
      server.close()
      if (relay.pid) process.kill(-relay.pid)
    },
  }
}
