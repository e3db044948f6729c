// A connection that carries JSON lines both ways: how simulated agents and frameworks talk with the leading master.
// (Real ones speak libprocess; nobody outside the lab sees the difference.)
import { request, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Json, parseJson } from './json.ts'

export class Link {
  readonly #socket: Duplex
  #rest = ''

  constructor(socket: Duplex, head: Buffer, on: { message: (message: Json) => void; close: () => void }) {
    this.#socket = socket
    const receive = (data: Buffer) => {
      const lines = (this.#rest + data.toString()).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) on.message(parseJson(line))
    }
    socket.on('data', receive)
    socket.on('error', () => undefined) // 'close' follows
    socket.once('close', on.close)
    if (head.length > 0) receive(head)
  }

  send(message: Json): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  close(): void {
    this.#socket.destroy()
  }
}

const protocol = 'lab-link'

/** Connects to a server that accepts links at `path`; throws when it does not within the deadline (milliseconds). */
export function dial(
  target: { address: string; port: number; path: string; from: string },
  deadline: number,
  on: { message: (message: Json) => void; close: () => void },
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: target.address,
      port: target.port,
      path: target.path,
      localAddress: target.from,
      headers: { Connection: 'Upgrade', Upgrade: protocol },
      timeout: deadline,
    })
    outgoing.once('upgrade', (_, socket, head) => {
      socket.setTimeout(0)
      resolve(new Link(socket, head, on))
    })
    outgoing.once('response', answer => {
      answer.resume()
      reject(new Error(`${target.address}:${target.port} refused the link with ${answer.statusCode}`))
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${target.address}:${target.port}: no answer`)))
    outgoing.once('error', reject)
    outgoing.end()
  })
}

/** Accepts links; `accept` answers undefined to refuse one. */
export function acceptLinks(
  server: Server,
  accept: (path: string) => ((socket: Duplex, head: Buffer) => void) | undefined,
): void {
  server.on('upgrade', (incoming, socket, head) => {
    const take = accept(incoming.url ?? '/')
    if (take === undefined) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
    take(socket, head)
  })
}
