// Answering http in the simulated services: a function from request to answer, and one place that writes it out.
import { Agent, createServer, type IncomingMessage, type Server, request as sendRequest } from 'node:http'
import { flushCompileCache } from 'node:module'
import { type Json, parseJson } from './json.ts'

export type Request = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** Reads the whole body. */
  readonly body: () => Promise<string>
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export const json = (value: Json, status = 200): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
})

export const plain = (status: number, text: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: text,
})

export const empty = (status: number, headers: Record<string, string> = {}): Answer => ({ status, headers, body: '' })

export const html: Answer = {
  status: 200,
  headers: { 'Content-Type': 'text/html' },
  body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n',
}

export const unauthorized: Answer = {
  status: 401,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'WWW-Authenticate': 'Basic realm="mesos"' },
  body: '',
}

/** Listens on address:port; `answer` may throw, which is a 500 and is told on stderr. */
export function serve(address: string, port: number, answer: (request: Request) => Promise<Answer>): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://node')
    const request: Request = {
      method: incoming.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: incoming.headers,
      body: () => readAll(incoming),
    }
    answer(request)
      .catch((error: unknown) => {
        console.error(`${request.method} ${request.path}:`, error)
        return plain(500, 'internal error of the simulated service')
      })
      .then(({ status, headers, body }) => {
        outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
        outgoing.end(incoming.method === 'HEAD' ? '' : body)
      })
  })
  server.keepAliveTimeout = 5_000
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      flushCompileCache() // now: a service may never end by itself
      resolve(server)
    })
  })
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

const keepAlive = new Agent({ keepAlive: true, maxSockets: 8 })

/** Posts JSON and answers the reply's JSON; throws on any status but 200, and after the deadline in milliseconds. */
export function post(address: string, port: number, path: string, body: Json, deadline: number): Promise<Json> {
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      { host: address, port, path, method: 'POST', agent: keepAlive, signal: AbortSignal.timeout(deadline) },
      incoming => {
        readAll(incoming).then(text => {
          if (incoming.statusCode === 200) resolve(parseJson(text))
          else reject(new Error(`${address}:${port}${path}: ${incoming.statusCode} ${text.slice(0, 200)}`))
        }, reject)
      },
    )
    outgoing.once('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}
