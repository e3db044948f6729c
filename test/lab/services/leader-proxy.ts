// An instance that does not lead passes a request on to the leader and gives back its answer.
import { request as sendRequest } from 'node:http'
import { type Answer, json, type Request } from './http.ts'

/** `named`: headers that say who answered (mesosphere/marathon and dcos/metronome, LeaderProxyFilter). */
export async function passOn(
  { method, path, query, body }: Request,
  leader: string,
  named: Readonly<Record<string, string>>,
): Promise<Answer> {
  const [host = '', port = ''] = leader.split(':')
  const search = query.size === 0 ? '' : `?${query}`
  const sent = await body()
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const refused = () => resolve(json({ message: `The leader ${leader} does not answer` }, 502))
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) }
  const outgoing = sendRequest(
    { host, port: Number(port), method, path: `${encodeURI(path)}${search}`, headers, timeout: 5_000 },
    incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', refused)
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 502,
          headers: { 'Content-Type': incoming.headers['content-type'] ?? 'application/json', ...named },
          body: Buffer.concat(chunks),
        }),
      )
    },
  )
  outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')))
  outgoing.once('error', refused)
  outgoing.end(sent)
  return promise
}
