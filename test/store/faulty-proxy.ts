// An HTTP line with named faults, in front of a real S3 server.
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'

/** `reset`: the line is cut before an answer. `slow-down`: 503. `cut-body`: the line is cut after 1 MB of the answer. */
export type LineFault = 'reset' | 'slow-down' | 'cut-body'

/** @param choose sees `METHOD /path?query` and names the fault of this request, if it has one */
export async function faultyProxy(
  target: string,
  choose: (request: string) => LineFault | undefined,
): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(target)
  const pass = (from: IncomingMessage, to: ServerResponse) => {
    const fault = choose(`${from.method} ${from.url}`)
    if (fault === 'reset') return void from.socket.destroy()
    if (fault === 'slow-down') {
      from.resume()
      return void to.writeHead(503, { 'content-type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>')
    }
    // The Host header stays as the client signed it.
    const onward = forward({ hostname, port, method: from.method, path: from.url, headers: from.headers }, answer => {
      to.writeHead(answer.statusCode ?? 502, answer.headers)
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (fault === 'cut-body' && bytes > 1_000_000) from.socket.destroy()
      })
      answer.on('error', () => from.socket.destroy())
      answer.pipe(to)
    })
    onward.on('error', () => from.socket.destroy())
    from.on('error', () => onward.destroy())
    from.pipe(onward)
  }
  const server = createServer(pass)
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise(closed => server.close(closed))
    },
  }
}
