// What a caller sees when the line, the host or sudo misbehaves; against a fake SSH server whose faults have names.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Secret } from '../../src/secret.ts'
import {
  CalledOff,
  DeadlinePassed,
  HostKeyChanged,
  LineDropped,
  LoginRefused,
  SudoRefused,
  TooMuchOutput,
  Unreachable,
} from '../../src/ssh/errors.ts'
import type { Hosts } from '../../src/ssh/host.ts'
import { type FakeServer, type FakeServerOptions, fakeServer } from './fake-server.ts'
import { type KeyPair, makeKey, temporaryFolder } from './keys.ts'
import { type Reach, reach } from './reach.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let hostKey: KeyPair
let userKey: KeyPair
let server: FakeServer | undefined
let hosts: Hosts | undefined

beforeEach(async () => {
  folder = await temporaryFolder()
  hostKey = await makeKey(folder.path, 'host_key')
  userKey = await makeKey(folder.path, 'user_key')
})

afterEach(async () => {
  await hosts?.close()
  await server?.close()
  hosts = undefined
  server = undefined
  await folder.remove()
})

async function open(
  how: Partial<Reach> = {},
  faults: Partial<FakeServerOptions> = {},
): Promise<{ hosts: Hosts; server: FakeServer }> {
  server = await fakeServer({ hostKey, accepts: userKey, ...faults })
  const nodes = [{ name: 'm1', port: server.port, key: hostKey }]
  hosts = await reach({ folder: folder.path, nodes, user: 'core', identities: [userKey.file], ...how })
  return { hosts, server }
}

/** A sudo for these tests: it asks for the password `right`, or refuses as the real one does. Not the real sudo. */
async function simulatedSudo(body: string): Promise<Readonly<Record<string, string>>> {
  const bin = join(folder.path, 'bin')
  await mkdir(bin, { recursive: true })
  const strip =
    'while [ $# -gt 0 ]; do case $1 in -n|-S) shift;; -p) shift 2;; --) shift; break;; *) break;; esac; done'
  await writeFile(join(bin, 'sudo'), `#!/bin/sh\n${body}\n${strip}\nexec "$@"\n`)
  await chmod(join(bin, 'sudo'), 0o755)
  return { PATH: `${bin}:${process.env.PATH}` }
}

const asksForPassword = `tries=3
while [ $tries -gt 0 ]; do
  IFS= read -r said || { echo "sudo: no password was provided" >&2; exit 1; }
  [ "$said" = right ] && break
  tries=$((tries - 1)); echo "Sorry, try again." >&2
done
[ $tries -gt 0 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }`

test('a line that drops in mid-command rejects what was under way, and the next call dials again', async () => {
  const { hosts, server } = await open()
  const m1 = await hosts.host('m1')
  const running = m1.run('echo begun; sleep 30', { as: 'login', within: 20_000 })
  const { stdout } = await m1.stream('echo first; sleep 30', { as: 'login', idleWithin: 20_000 })
  await new Promise(resolve => stdout.once('readable', resolve))

  server.drop()

  await expect(running).rejects.toBeInstanceOf(LineDropped)
  await expect(stdout.toArray()).rejects.toBeInstanceOf(LineDropped)
  await expect(m1.run('true', { as: 'login', within: 1_000 })).rejects.toBeInstanceOf(LineDropped)
  const again = await hosts.host('m1')
  expect(await again.run('echo back', { as: 'login', within: 5_000 })).toMatchObject({ stdout: 'back\n' })
  expect(server.logins).toBe(2)
})

test('a line that nobody uses is closed, and the next call dials again', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length
  const { hosts, server } = await open({ idleAfter: 100 })
  const before = sockets()
  const m1 = await hosts.host('m1')
  await m1.run('true', { as: 'login', within: 5_000 })

  await vi.waitFor(() => expect(sockets()).toBe(before), { timeout: 5_000 })
  await expect(m1.run('true', { as: 'login', within: 1_000 })).rejects.toBeInstanceOf(LineDropped)
  const again = await hosts.host('m1')
  expect(await again.run('echo back', { as: 'login', within: 5_000 })).toMatchObject({ stdout: 'back\n' })
  expect(server.logins).toBe(2)
})

test('keys and known_hosts are read once, however often nodes are dialled', async () => {
  const { hosts, server } = await open()
  const m1 = await hosts.host('m1')
  for (const file of [userKey.file, join(folder.path, 'known_hosts'), join(folder.path, 'config')]) await rm(file)

  server.drop()

  await expect(m1.run('sleep 30', { as: 'login', within: 5_000 })).rejects.toBeInstanceOf(LineDropped)
  const again = await hosts.host('m1')
  expect(await again.run('echo back', { as: 'login', within: 5_000 })).toMatchObject({ stdout: 'back\n' })
})

test('a line with a command under way is not idle, however long it says nothing', async () => {
  const { hosts, server } = await open({ idleAfter: 40 })
  const m1 = await hosts.host('m1')

  expect(await m1.run('sleep 0.5; echo done', { as: 'login', within: 5_000 })).toMatchObject({ stdout: 'done\n' })
  expect(server.logins).toBe(1)
})

test('closing lets go of a frozen host at once: a socket that waited for its answer would keep the process from ending', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length
  const { hosts, server } = await open()
  await hosts.host('m1')
  const onBothSides = sockets()
  server.freeze()

  await hosts.close()

  await vi.waitFor(() => expect(sockets()).toBeLessThan(onBothSides))
})

test('a frozen host is an error after the keepalive ran out, not a wait without end', async () => {
  const { hosts, server } = await open({ pulse: { keepaliveEvery: 100, keepaliveMisses: 2 } })
  const m1 = await hosts.host('m1')
  const running = m1.run('sleep 30', { as: 'login', within: 20_000 })
  running.catch(() => {})
  await vi.waitFor(() => expect(server.commands).toHaveLength(1))

  const before = performance.now()
  server.freeze()

  await expect(running).rejects.toBeInstanceOf(LineDropped)
  expect(performance.now() - before).toBeLessThan(3_000)
})

test('a port that accepts and never speaks is unreachable after the connect deadline', async () => {
  const silent = createServer(() => {})
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { hosts } = await open({ nodes: [{ name: 'm1', port, key: hostKey }], pulse: { connectWithin: 200 } })

  await expect(hosts.host('m1')).rejects.toBeInstanceOf(Unreachable)
  silent.close()
})

test('a node that opens no session fails at the deadline of the call', async () => {
  const { hosts } = await open({}, { silentSessions: true })
  const m1 = await hosts.host('m1')

  await expect(m1.run('true', { as: 'login', within: 200 })).rejects.toBeInstanceOf(DeadlinePassed)
})

test('a script that takes too long, prints too much or is called off ends with an error of its own', async () => {
  const { hosts } = await open()
  const m1 = await hosts.host('m1')
  const signal = AbortSignal.timeout(200)

  await expect(m1.run('sleep 30', { as: 'login', within: 300 })).rejects.toBeInstanceOf(DeadlinePassed)
  await expect(m1.run('yes', { as: 'login', within: 5_000, maxBytes: 10_000 })).rejects.toBeInstanceOf(TooMuchOutput)
  await expect(m1.run('sleep 30', { as: 'login', within: 5_000, signal })).rejects.toBeInstanceOf(CalledOff)
  const { stdout } = await m1.stream('echo once; sleep 30', { as: 'login', idleWithin: 300 })
  await expect(stdout.toArray()).rejects.toBeInstanceOf(DeadlinePassed)
  expect(await m1.run('echo still fine', { as: 'login', within: 5_000 })).toMatchObject({ exit: 0 })
})

test('a reader who rests is not taken for a silent script', async () => {
  const { hosts } = await open()
  const m1 = await hosts.host('m1')
  const { stdout } = await m1.stream('head -c 20000000 /dev/zero', { as: 'login', idleWithin: 300 })
  await new Promise(resolve => stdout.once('readable', resolve))
  const restsLongerThan = new Promise(resolve => setTimeout(resolve, 500)) // the time that passes is what is tested
  await restsLongerThan

  let size = 0
  for await (const chunk of stdout) size += chunk.length
  expect(size).toBe(20_000_000)
})

test('callers at the same time share one login', async () => {
  const { hosts, server } = await open()

  await Promise.all(Array.from({ length: 10 }, () => hosts.host('m1')))

  expect(server.logins).toBe(1)
})

test('what the first look at a node throws is what callers get, and the next call looks again', async () => {
  let wrong = true
  const afterLogin = async () => {
    if (wrong) throw new Error('detect_ip says 10.0.0.9')
  }
  const { hosts, server } = await open({ afterLogin })

  await expect(hosts.host('m1')).rejects.toThrow('detect_ip says 10.0.0.9')
  wrong = false
  expect((await hosts.host('m1')).name).toBe('m1')
  expect(server.logins).toBe(2)
})

test('a host that shows another key than the known one is refused, and both fingerprints are told', async () => {
  const another = await makeKey(folder.path, 'another_key')
  const { hosts } = await open({}, { hostKey: another })

  const refusal = await hosts.host('m1').catch(error => error)

  expect(refusal).toBeInstanceOf(HostKeyChanged)
  expect(refusal.message.match(/SHA256:\S+/g)).toHaveLength(2)
  expect(refusal.next.join()).toContain('ssh-keygen -R')
})

test('a login that no key opens says what was tried; an encrypted key names ssh-add', async () => {
  const stranger = await makeKey(folder.path, 'stranger')
  const locked = await makeKey(folder.path, 'locked', 'open sesame')
  const { hosts } = await open({ identities: [stranger.file, locked.file] })

  const refusal = await hosts.host('m1').catch(error => error)

  expect(refusal).toBeInstanceOf(LoginRefused)
  expect(refusal.message).toContain(`${stranger.file} was not accepted`)
  expect(refusal.message).toContain(`ssh-add ${locked.file}`)
})

test('a sudo that wants a password gets it on stdin, and it is seen nowhere', async () => {
  const { hosts, server } = await open(
    { sudoPassword: new Secret('right') },
    { env: await simulatedSudo(asksForPassword) },
  )
  const m1 = await hosts.host('m1')

  const ran = await m1.run('cat; ps -eo args', { as: 'root', stdin: Buffer.from('for the script\n'), within: 5_000 })

  expect(ran.stdout).toMatch(/^for the script\n/)
  expect(ran.stdout + ran.stderr + server.commands.join()).not.toContain('right\n')
  expect(server.commands[0]).toContain('sudo -S')
})

test('a password that sudo did not ask for does not reach the script', async () => {
  const { hosts } = await open({ sudoPassword: new Secret('right') }, { env: await simulatedSudo(':') })
  const m1 = await hosts.host('m1')

  const ran = await m1.run('cat', { as: 'root', stdin: Buffer.from('only this'), within: 5_000 })

  expect(ran).toEqual({ exit: 0, stdout: 'only this', stderr: '' })
})

test('a wrong password for sudo is an error that does not repeat it', async () => {
  const { hosts } = await open({ sudoPassword: new Secret('wr0ng') }, { env: await simulatedSudo(asksForPassword) })
  const m1 = await hosts.host('m1')

  const refusal = await m1.run('true', { as: 'root', within: 5_000 }).catch(error => error)

  expect(refusal).toBeInstanceOf(SudoRefused)
  expect(refusal.message).toContain('does not take the password')
  expect(inspect(refusal, { depth: 9 })).not.toContain('wr0ng')
})

test.each([
  ['sudo: a password is required', /wants a password for core/],
  ['core is not in the sudoers file.', /may not use sudo/],
  ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
])('sudo that says "%s" is told apart', async (said, expected) => {
  const { hosts } = await open({}, { env: await simulatedSudo(`echo '${said}' >&2; exit 1`) })
  const m1 = await hosts.host('m1')

  const refusal = await m1.run('true', { as: 'root', within: 5_000 }).catch(error => error)

  expect(refusal).toBeInstanceOf(SudoRefused)
  expect(refusal.message).toMatch(expected)
})
