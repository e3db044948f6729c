// One HTTP exchange with a port of a node: over a connection made through SSH, or by curl on the node where forwarding is off.
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { DeadlinePassed, lastWords, type NodeError, PortClosed, StrangeAnswer, TooMuchOutput } from './errors.ts'
import type { HttpAnswer, HttpRequest } from './host.ts'

/** Most bytes of a body, unless the caller says otherwise. */
export const usualMaxBytes = 32 * 1024 * 1024

interface Where {
  readonly node: string
  readonly address: string
}

/** Over a connection that is there. It is closed after the answer. @throws DeadlinePassed, StrangeAnswer, TooMuchOutput */
export function exchange(where: Where, asked: HttpRequest, connection: Duplex, within: number): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const maxBytes = asked.maxBytes ?? usualMaxBytes
  const what = describe(where, asked)
  const late = () =>
    reject(new DeadlinePassed(where.node, { what: `${what} was not answered within ${asked.within / 1000} s` }))
  const timer = setTimeout(late, within)
  const broken = (error: Error) => reject(new StrangeAnswer(where.node, { what: `${what} broke off`, cause: error }))

  const sent = request({
    createConnection: () => connection,
    host: where.address,
    port: asked.port,
    method: asked.method ?? 'GET',
    path: asked.path,
    headers: {
      ...asked.headers,
      connection: 'close',
      ...(asked.body === undefined ? {} : { 'content-length': Buffer.byteLength(asked.body) }),
    },
  })
  connection.on('error', broken)
  sent.on('error', broken)
  sent.on('response', response => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) reject(tooMuch(where.node, what, maxBytes))
    })
    response.on('error', broken)
    response.on('end', () => {
      if (!response.complete) return broken(new Error('the body was cut short'))
      resolve({ status: response.statusCode ?? 0, headers: joined(response.headers), body: Buffer.concat(chunks) })
    })
  })
  sent.end(asked.body)
  return promise.finally(() => {
    clearTimeout(timer)
    sent.destroy()
    connection.destroy()
  })
}

/**
 * The shell script and its stdin that make curl do the same. Headers may be credentials, so they go into curl's config on a
 * file descriptor and not into its arguments. Options are those of curl 7.29 (EL7).
 */
export function curlScript(
  where: Where,
  asked: HttpRequest,
): { readonly script: string; readonly stdin: Buffer | undefined } {
  const headers = Object.entries({ Expect: '', ...asked.headers }).map(([name, value]) => `${name}: ${value}`.trimEnd())
  const config = [
    `url = ${curlWord(`http://${where.address}:${asked.port}${asked.path}`)}`,
    `request = ${curlWord(asked.method ?? 'GET')}`,
    ...headers.map(header => `header = ${curlWord(header)}`),
    ...(asked.body === undefined ? [] : ['data-binary = "@-"']),
  ]
  const seconds = Math.max(1, Math.ceil(asked.within / 1000))
  const curl = `curl -q -sS -i -g --noproxy '*' --max-time ${seconds} --max-filesize ${asked.maxBytes ?? usualMaxBytes} -K /dev/fd/3`
  return {
    script: `exec ${curl} 3<<'end of curl config'\n${config.join('\n')}\nend of curl config`,
    stdin: asked.body === undefined ? undefined : Buffer.from(asked.body),
  }
}

/** curl's exit codes (curl(1)) as our errors. */
export function curlTrouble(where: Where, asked: HttpRequest, exit: number, stderr: string): NodeError {
  const what = describe(where, asked)
  if (exit === 7)
    return new PortClosed(where.node, { what: `nothing listens on ${where.address}:${asked.port} of ${where.node}` })
  if (exit === 28)
    return new DeadlinePassed(where.node, { what: `${what} was not answered within ${asked.within / 1000} s` })
  if (exit === 63) return tooMuch(where.node, what, asked.maxBytes ?? usualMaxBytes)
  if (exit === 127)
    return new StrangeAnswer(where.node, {
      what: `${where.node} forbids TCP forwarding and has no curl either`,
      next: ['allow `AllowTcpForwarding local` in its sshd_config, or install curl there'],
    })
  return new StrangeAnswer(where.node, { what: `${what} by curl ended with exit ${exit}: ${lastWords(stderr)}` })
}

/** Reads what `curl -i` printed; interim answers (1xx) in front are passed over. @throws StrangeAnswer */
export function parseCurl(where: Where, asked: HttpRequest, printed: Buffer): HttpAnswer {
  let rest = printed
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.toString('latin1', 0, Math.max(0, end)).split('\r\n')
    const status = Number(/^HTTP\/\S+ (\d{3})/.exec(first)?.[1])
    if (!status)
      throw new StrangeAnswer(where.node, { what: `${describe(where, asked)} got an answer that is not HTTP` })
    rest = rest.subarray(end + 4)
    if (status >= 200) return { status, headers: joined(headersOf(lines)), body: rest }
  }
}

function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()]
  }
  return headers
}

function joined(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (value ?? []).join(', '),
    ]),
  )
}

/** A quoted word of curl's config file (curl(1), --config). @throws RangeError for a line break or NUL, which would smuggle in an option or a header */
function curlWord(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new RangeError('an HTTP path or header cannot hold a line break')
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function tooMuch(node: string, what: string, maxBytes: number): TooMuchOutput {
  return new TooMuchOutput(node, { what: `${what} answered with more than ${maxBytes} bytes` })
}

/** Without the query, which may carry a credential. */
function describe({ node }: Where, { method, port, path }: HttpRequest): string {
  return `${method ?? 'GET'} ${path.replace(/\?.*/, '')} on port ${port} of ${node}`
}
