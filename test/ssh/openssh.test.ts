// Hosts against the real OpenSSH sshd: what scripts print arrives exactly, whatever the login says in between.
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ForwardingRefused, HostKeyUnknown, LineDropped, NotSupported, PortClosed } from '../../src/ssh/errors.ts'
import type { Host, Hosts } from '../../src/ssh/host.ts'
import { quote } from '../../src/ssh/quote.ts'
import { scanHostKey } from '../../src/ssh/scan-host-key.ts'
import { type KeyPair, makeKey, temporaryFolder } from './keys.ts'
import { reach } from './reach.ts'
import { type RealSshd, realSshd, whyNoSshd } from './real-sshd.ts'

describe.skipIf(whyNoSshd)(`on the real sshd${whyNoSshd ? ` (skipped: ${whyNoSshd})` : ''}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let hostKey: KeyPair
  let userKey: KeyPair
  let plain: RealSshd
  let closed: RealSshd
  let hosts: Hosts
  let m1: Host
  let m2: Host
  let web: Server
  let webPort = 0

  beforeAll(async () => {
    folder = await temporaryFolder()
    hostKey = await makeKey(folder.path, 'host_key')
    userKey = await makeKey(folder.path, 'user_key')
    const both = { hostKey, accepts: userKey }
    plain = await realSshd(folder.path, 'plain', both)
    closed = await realSshd(folder.path, 'closed', { ...both, settings: ['AllowTcpForwarding no'] })
    await writeFile(
      join(plain.home, '.bashrc'),
      'echo noise on stdout; echo noise on stderr >&2; printf "no newline at the end"\n',
    )
    const nodes = [
      { name: 'm1', port: plain.port, key: hostKey },
      { name: 'm2', port: closed.port, key: hostKey },
      { name: 'm3', port: closed.port, key: hostKey, jump: `${plain.user}@127.0.0.1:${plain.port}` },
      {
        name: 'm4',
        port: closed.port,
        key: hostKey,
        jump: Array(2).fill(`${plain.user}@127.0.0.1:${plain.port}`).join(','),
      },
    ]
    hosts = await reach({ folder: folder.path, nodes, user: plain.user, identities: [userKey.file] })
    m1 = await hosts.host('m1')
    m2 = await hosts.host('m2')
    web = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(307, { location: 'http://elsewhere/' }).end()
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () =>
        response.writeHead(200, { 'x-seen': `${request.method} ${request.headers.authorization}` }).end(`got ${body}`),
      )
    })
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
    const address = web.address()
    webPort = typeof address === 'object' && address ? address.port : 0
  })

  afterAll(async () => {
    await hosts.close()
    web.close()
    await Promise.all([plain.stop(), closed.stop()])
    await folder.remove()
  })

  test('a noisy .bashrc does not enter what a script prints', async () => {
    const ran = await m1.run('echo "$1|$2"; echo complaint >&2; cat; exit 3', {
      as: 'root',
      args: ["it's $HOME", 'two\nlines'],
      stdin: Buffer.from('from stdin'),
      within: 5_000,
    })

    expect(ran).toEqual({ exit: 3, stdout: "it's $HOME|two\nlines\nfrom stdin", stderr: 'complaint\n' })
  })

  test('neither script nor arguments nor stdin stand in the list of processes', async () => {
    const { stdout } = await m1.run('secret=wort; ps -eo args; : hidden-in-script', {
      as: 'login',
      args: ['hidden-in-args'],
      stdin: Buffer.from('hidden-in-stdin'),
      within: 5_000,
    })

    expect(stdout).toContain('sshd')
    expect(stdout).not.toMatch(/hidden-in-(script|args|stdin)/)
  })

  test('a stream carries every byte, marks in it or not', async () => {
    const bytes = Buffer.concat([
      randomBytes(3_000_000),
      Buffer.from('\nabcdef ready\n\n0123 exit 0\n'),
      randomBytes(7),
    ])
    const file = join(folder.path, 'bytes')
    await writeFile(file, bytes)

    const { stdout, ended } = await m1.stream(`cat ${quote(file)}`, { as: 'root', idleWithin: 5_000 })
    const hash = createHash('sha256')
    for await (const chunk of stdout) hash.update(chunk)

    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(await ended).toEqual({ exit: 0, stderr: '' })
  })

  test('a stream whose script fails ends in an error, never as if it were whole', async () => {
    const { stdout } = await m1.stream('echo half; echo no space >&2; exit 4', { as: 'root', idleWithin: 5_000 })

    await expect(stdout.toArray()).rejects.toMatchObject({ name: 'ScriptFailed', exit: 4, stderr: 'no space\n' })
  })

  test('a script that leaves a child behind ends when the script does', async () => {
    const ran = await m1.run('sleep 20 & echo done', { as: 'root', within: 5_000 })

    expect(ran).toMatchObject({ exit: 0, stdout: 'done\n' })
  })

  test('thirty scripts at once share the sessions that sshd allows', async () => {
    const ran = await Promise.all(
      Array.from({ length: 30 }, (_, i) => m1.run(`echo ${i}`, { as: 'root', within: 15_000 })),
    )

    expect(ran.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 30 }, (_, i) => String(i)))
  })

  test('a file is put whole, with its mode', async () => {
    const path = join(folder.path, "it's a file")
    const bytes = randomBytes(200_000)

    await m1.put(path, bytes, { as: 'root', mode: 0o640 })

    expect(await readFile(path)).toEqual(bytes)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    await expect(m1.put('/nowhere/at/all', bytes, { as: 'root', mode: 0o600 })).rejects.toMatchObject({
      name: 'ScriptFailed',
    })
  })

  test('a put that is cut off half way leaves the old file as it was, and nothing beside it', async () => {
    const own = await temporaryFolder()
    const there = join(own.path, 'there')
    await mkdir(there)
    await writeFile(join(there, 'file'), 'old')
    const nodes = [{ name: 'm1', port: plain.port, key: hostKey }]
    const cut = await reach({ folder: own.path, nodes, user: plain.user, identities: [userKey.file] })
    const host = await cut.host('m1')
    const putting = host.put(join(there, 'file'), Buffer.alloc(150_000_000), { as: 'root', mode: 0o600 })
    putting.catch(() => {})
    await vi.waitFor(async () => expect(await readdir(there)).toHaveLength(2), { timeout: 5_000, interval: 2 })

    await cut.close()

    await expect(putting).rejects.toBeInstanceOf(LineDropped)
    await vi.waitFor(async () => expect(await readdir(there)).toEqual(['file']), 10_000)
    expect(await readFile(join(there, 'file'), 'utf8')).toBe('old')
    await own.remove()
  })

  test('HTTP goes through the connection, and a redirect is an answer', async () => {
    const headers = { authorization: 'token=abc' }

    const answer = await m1.http({ port: webPort, method: 'POST', path: '/x', headers, body: 'hello', within: 5_000 })
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'x-seen': 'POST token=abc' },
      body: Buffer.from('got hello'),
    })

    const redirect = await m1.http({ port: webPort, path: '/redirect', within: 5_000 })
    expect(redirect).toMatchObject({ status: 307, headers: { location: 'http://elsewhere/' } })
  })

  test('where forwarding is off, curl on the node gives the same answers', async () => {
    await expect(m2.connect(webPort, { within: 5_000 })).rejects.toBeInstanceOf(ForwardingRefused)
    const headers = { authorization: 'token=a"b\\c' }

    const answer = await m2.http({
      port: webPort,
      method: 'POST',
      path: '/x',
      headers,
      body: '@/etc/passwd',
      within: 5_000,
    })
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'x-seen': 'POST token=a"b\\c' },
      body: Buffer.from('got @/etc/passwd'),
    })

    const redirect = await m2.http({ port: webPort, path: '/redirect', within: 5_000 })
    expect(redirect.status).toBe(307)
    await expect(m2.http({ port: 1, path: '/', within: 5_000 })).rejects.toBeInstanceOf(PortClosed)
  })

  test('a port where nobody listens is told apart from a refusal', async () => {
    await expect(m1.connect(1, { within: 5_000 })).rejects.toBeInstanceOf(PortClosed)
  })

  test('a node behind a jump host is reached through it', async () => {
    const m3 = await hosts.host('m3')

    expect((await m3.run('echo "$SSH_CONNECTION"', { as: 'login', within: 5_000 })).stdout).toMatch(
      new RegExp(` ${closed.port}\\n$`),
    )
  })

  test('a chain of jump hosts carries a stream exactly', async () => {
    const { stdout } = await (await hosts.host('m4')).stream('head -c 5000000 /dev/zero', {
      as: 'root',
      idleWithin: 5_000,
    })

    expect(Buffer.concat(await stdout.toArray())).toEqual(Buffer.alloc(5_000_000))
  })

  test('host keys are shown with the fingerprint that ssh-keygen prints, and fit into known_hosts', async () => {
    const keys = await scanHostKey({ host: '127.0.0.1', port: plain.port, within: 5_000 })

    const wire = hostKey.public.split(' ')[1] ?? ''
    const expected = createHash('sha256').update(Buffer.from(wire, 'base64')).digest('base64').replace(/=+$/, '')
    expect(keys).toEqual([
      {
        type: 'ssh-ed25519',
        fingerprint: `SHA256:${expected}`,
        line: `[127.0.0.1]:${plain.port} ssh-ed25519 ${wire}\n`,
      },
    ])
  })

  test('a host without a line in known_hosts is refused, and the error shows its fingerprint', async () => {
    const other = await makeKey(folder.path, 'other_key')
    const own = await temporaryFolder()
    const strict = await reach({
      folder: own.path,
      nodes: [{ name: 'm1', port: plain.port, key: { ...other, public: '# nothing' } }],
      user: plain.user,
      identities: [userKey.file],
    })

    const refusal = await strict.host('m1').catch(error => error)

    expect(refusal).toBeInstanceOf(HostKeyUnknown)
    expect(refusal.message).toMatch(/ssh-ed25519 SHA256:/)
    await strict.close()
    await own.remove()
  })

  test('an encrypted key opens the login where an agent holds it, and IdentitiesOnly keeps the others back', async () => {
    const own = await temporaryFolder()
    const locked = await makeKey(own.path, 'locked', 'open sesame')
    await writeFile(`${locked.file}.pub`, userKey.public) // as if `locked` were the encrypted form of the key that the agent holds
    const socket = join(own.path, 'agent')
    const agent = spawn('/usr/bin/ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    await vi.waitFor(() => access(socket), 5_000)
    await promisify(execFile)('/usr/bin/ssh-add', ['-q', userKey.file], { env: { SSH_AUTH_SOCK: socket } })
    const nodes = [{ name: 'm1', port: plain.port, key: hostKey }]
    const config = 'IdentitiesOnly yes\n'
    const common = { folder: own.path, nodes, user: plain.user, agent: socket, config }

    const held = await reach({ ...common, identities: [locked.file] })
    expect((await (await held.host('m1')).run('echo in', { as: 'login', within: 5_000 })).stdout).toBe('in\n')
    const stranger = await makeKey(own.path, 'stranger')
    const kept = await reach({ ...common, identities: [stranger.file] })
    await expect(kept.host('m1')).rejects.toThrow('the agent held none of the configured keys')

    await Promise.all([held.close(), kept.close()])
    agent.kill()
    await own.remove()
  })

  test('~/.ssh/config names host, port, user and key; ProxyCommand is refused by name', async () => {
    const own = await temporaryFolder()
    const config = `Host short\n  HostName 127.0.0.1\n  Port ${plain.port}\n  User ${plain.user}\n  IdentityFile ${userKey.file}\nHost odd\n  ProxyCommand nc %h %p\n`
    const node = { name: 'a', host: 'short', port: plain.port, key: hostKey }
    const configured = await reach({
      folder: own.path,
      nodes: [node, { ...node, name: 'b', host: 'odd' }],
      user: plain.user,
      identities: [],
      config,
    })

    const a = await configured.host('a')
    expect((await a.run('echo here', { as: 'login', within: 5_000 })).stdout).toBe('here\n')
    await expect(configured.host('b')).rejects.toBeInstanceOf(NotSupported)
    await expect(configured.host('b')).rejects.toThrow(/proxycommand/i)
    await configured.close()
    await own.remove()
  })
})
