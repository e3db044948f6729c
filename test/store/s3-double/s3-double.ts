// A double of S3 over HTTP: the operations that dcosctl uses, with real signatures and checksums, and faults by name. README.md is its specification.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { bucketOperations } from './bucket-operations.ts'
import { type Bucket, newBucket } from './buckets.ts'
import { type Fault, faults, type Injected } from './faults.ts'
import { multipartOperations } from './multipart.ts'
import { objectOperations } from './objects.ts'
import { payloadOf } from './payload.ts'
import { Refusal } from './refusal.ts'
import type { Answer, Operations, State } from './request.ts'
import { type Operation, type Route, routeOf } from './route.ts'
import { send } from './send.ts'
import { checkSignature, type Signed } from './signature.ts'
import { elements, xml } from './xml.ts'

const operations: Operations = { ...bucketOperations, ...objectOperations, ...multipartOperations }

export interface S3DoubleOptions {
  /** Made at the start; `versions` and `lock` as the bucket's owner would have set them. */
  readonly buckets?: Readonly<Record<string, { readonly versions?: boolean; readonly lock?: boolean }>>
  readonly pageSize?: number
  readonly now?: () => Date
  /** 0: any that is free. */
  readonly port?: number
  readonly address?: string
}

interface Seen {
  readonly operation: Operation
  readonly key: string
  /** Undefined while it is under way, or where no answer was given. */
  status: number | undefined
  /** By `performance.now()`. */
  readonly at: number
}

export interface S3Double {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly buckets: Map<string, Bucket>
  /** Every request, in the order in which they came. */
  readonly requests: readonly Seen[]
  /** Returns how to take the fault back. */
  inject(injected: Injected): () => void
  /** Ends every connection, too. */
  stop(): Promise<void>
}

const accessKey = 'DOUBLEKEY'
const secretKey = 'double-secret-of-this-test-server'

export async function startS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const { pageSize = 1000, now = () => new Date(), port = 0, address = '127.0.0.1' } = options
  const made = Object.entries(options.buckets ?? { backups: {} }).map(
    ([name, { versions = false, lock = false }]) =>
      [name, newBucket({ hasVersions: versions, hasLock: lock })] as const,
  )
  const state: State = { buckets: new Map(made), now, pageSize }
  const secrets = new Map([[accessKey, secretKey]])
  const injected = faults()
  const requests: Seen[] = []

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const signed = signedOf(incoming)
    const route = routeOf(signed)
    const seen: Seen = { operation: route.operation, key: route.key, status: undefined, at: performance.now() }
    requests.push(seen)
    const fault = injected.of(route.operation, route.key)
    const lines = { incoming, outgoing }
    outgoing.setHeader('date', now().toUTCString())
    if (await spoiltBefore(fault, lines)) return
    const answer = await answerTo(incoming, signed, route, fault, state, secrets)
    seen.status = answer.status
    await send(answer, fault, lines)
  }
  const server = createServer({ keepAlive: true }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy()) // the client went away
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, address, listening))
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('the S3 double has no port')
  return {
    endpoint: `http://${address}:${at.port}`,
    ...{ accessKey, secretKey, requests, buckets: state.buckets, inject: injected.inject },
    async stop() {
      server.closeAllConnections()
      await new Promise(closed => server.close(closed))
    },
  }
}

function signedOf({ method = '', url = '', headers: raw }: IncomingMessage): Signed {
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const headers = new Map(
    Object.entries(raw).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const],
    ),
  )
  return { method, path, query, headers }
}

interface Lines {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** Faults that come before anything is done; true where there will be no answer. */
async function spoiltBefore(fault: Fault | undefined, { incoming }: Lines): Promise<boolean> {
  switch (fault?.name) {
    case 'reset':
      incoming.socket.resetAndDestroy()
      return true
    case 'reset-in-request':
      for await (const _ of incoming) break
      incoming.socket.resetAndDestroy()
      return true
    case 'silent':
      if (fault.in === 'headers') incoming.resume()
      return fault.in === 'headers'
    case 'hold':
      if (fault.at === 'before') fault.held()
      return fault.at === 'before'
    default:
      return false
  }
}

async function answerTo(
  incoming: IncomingMessage,
  signed: Signed,
  route: Route,
  fault: Fault | undefined,
  state: State,
  secrets: ReadonlyMap<string, string>,
): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  try {
    const seed = checkSignature(signed, secrets, state.now())
    refuseByFault(fault)
    const payload = payloadOf(Buffer.concat(chunks), signed.headers, seed)
    const perform = operations[route.operation]
    if (perform === undefined) throw new Refusal(501, 'NotImplemented', 'This double does not know that operation.')
    if (fault?.name === 'error-in-200')
      return errorIn200(route, String(payload.bytes), request => perform(request, state), signed)
    return perform({ ...route, headers: signed.headers, payload }, state)
  } catch (error) {
    if (error instanceof Refusal) return refused(error, signed)
    throw error
  }
}

function refuseByFault(fault: Fault | undefined): void {
  switch (fault?.name) {
    case 'slow-down':
      throw new SlowDown(fault.retryAfter)
    case 'internal-error':
      throw new Refusal(500, 'InternalError', 'We encountered an internal error. Please try again.')
    case 'expired-credentials':
      throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.')
    case 'precondition-failed':
      throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
}

class SlowDown extends Refusal {
  readonly retryAfter: number | undefined

  constructor(retryAfter: number | undefined) {
    super(503, 'SlowDown', 'Please reduce your request rate.')
    this.retryAfter = retryAfter
  }
}

function refused(error: Refusal, { method, path }: Signed): Answer {
  const wait =
    error instanceof SlowDown && error.retryAfter !== undefined ? { 'retry-after': String(error.retryAfter) } : {}
  const body = xml('Error', { Code: error.code, Message: error.message, Resource: path, RequestId: 'double' })
  return { status: error.status, headers: wait, ...(method === 'HEAD' ? {} : { body }) }
}

/** S3 begins its answer before it knows how these end ("CompleteMultipartUpload": "a 200 OK response can contain either a success or an error"). */
function errorIn200(
  route: Route,
  document: string,
  perform: (request: Parameters<NonNullable<Operations[Operation]>>[0]) => Answer,
  { headers }: Signed,
): Answer {
  const internal = { Code: 'InternalError', Message: 'We encountered an internal error. Please try again.' }
  if (route.operation !== 'DeleteObjects') return { status: 200, body: xml('Error', internal) }
  const objects = elements(document, 'Object')
  const Key = elements(objects.at(-1) ?? '', 'Key').at(0) ?? ''
  const others = objects.slice(0, -1).map(object => `<Object>${object}</Object>`)
  if (others.length > 0)
    perform({
      ...route,
      headers,
      payload: { bytes: Buffer.from(`<Delete>${others.join('')}</Delete>`), crc32: 'checked' },
    })
  return { status: 200, body: xml('DeleteResult', { Error: { Key, ...internal } }) }
}
