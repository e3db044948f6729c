// One request to whoever wants to hear of a backup: tried again where that may help, ended in time, and silent about its address.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { knock } from '../../src/notify/knock.ts'
import { Secret } from '../../src/secret.ts'

const quick = { within: 10_000, pauses: [1, 1] }
const token = 'T0KEN-in-the-path'

interface Receiver {
  readonly url: string
  readonly heard: {
    method: string
    path: string
    authorization: string | undefined
    type: string | undefined
    body: string
  }[]
}

async function receiver(answer: (tried: number, response: ServerResponse) => void): Promise<Receiver> {
  const heard: Receiver['heard'] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = (await request.toArray()).join('')
    const { authorization, 'content-type': type } = request.headers
    heard.push({ method: request.method ?? '', path: request.url ?? '', authorization, type, body })
    answer(heard.length, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('it does not listen')
  return { url: `http://127.0.0.1:${address.port}`, heard }
}

const status =
  (code: number, headers = {}) =>
  (_: number, response: ServerResponse) =>
    void response.writeHead(code, headers).end()

test('a message arrives as JSON, once', async () => {
  const { url, heard } = await receiver(status(204))

  const trouble = await knock({ url: new Secret(`${url}/${token}`), method: 'POST', json: { text: 'well' } }, quick)

  expect(trouble).toBeUndefined()
  expect(heard).toMatchObject([
    { method: 'POST', path: `/${token}`, type: 'application/json', body: '{"text":"well"}' },
  ])
})

test('a server in trouble is asked again, and the third answer counts', async () => {
  const { url, heard } = await receiver((tried, response) => void response.writeHead(tried < 3 ? 503 : 200).end())

  expect(await knock({ url: new Secret(url), method: 'GET' }, quick)).toBeUndefined()
  expect(heard).toHaveLength(3)
})

test('a refusal is not asked again', async () => {
  const { url, heard } = await receiver(status(404))

  expect(await knock({ url: new Secret(url), method: 'GET' }, quick)).toBe('it answered 404')
  expect(heard).toHaveLength(1)
})

test('a redirection is not followed: a POST would become a GET, and a log-in page answers 200', async () => {
  const { url, heard } = await receiver(status(302, { location: '/login' }))

  expect(await knock({ url: new Secret(url), method: 'POST', json: {} }, quick)).toContain('302, a redirection')
  expect(heard).toHaveLength(1)
})

test('silence ends after the time limit of each try', async () => {
  const { url, heard } = await receiver(() => undefined)

  const impatient = { within: 200, pauses: [1, 1] }

  expect(await knock({ url: new Secret(url), method: 'GET' }, impatient)).toBe('no answer within 0.2 s')
  expect(heard).toHaveLength(3)
})

test('user and password of an address go into a header', async () => {
  const { url, heard } = await receiver(status(200))

  expect(await knock({ url: new Secret(url.replace('//', '//ops:se%20same@')), method: 'GET' }, quick)).toBeUndefined()
  expect(heard[0]?.authorization).toBe(`Basic ${Buffer.from('ops:se same').toString('base64')}`)
})

test.each([
  [`http://127.0.0.1:1/${token}`],
  [`http://no-such-host.invalid/${token}`],
  [`${token}`],
  [`ftp://127.0.0.1/${token}`],
  [`http://ops:${token}@127.0.0.1:1/`],
])('what goes wrong is said without the address: %s', async url => {
  const trouble = await knock({ url: new Secret(url), method: 'GET' }, quick)

  expect(trouble).toMatch(/^(it could not be asked \(\w+\)|its address is not an http or https URL)$/)
})
