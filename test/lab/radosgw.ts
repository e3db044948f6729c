// A real S3 server for tests and the lab: Ceph's mon, one osd in memory and radosgw, as child processes of ours.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian's packages: ceph-mon, ceph-osd, radosgw, ceph-common. util-linux's setpriv ties the daemons to our own life. */
const programs = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool', 'setpriv']

const accessKey = 'LABKEY'
const secretKey = 'LABSECRET'

/** The one KMS key id that this server knows. */
export const radosgwKmsKey = 'k1'

export interface RadosgwOptions {
  /** Everything lives under here: data, logs, keys. Made if it is not there; should be empty. */
  readonly dir: string
  /** Where all daemons listen; must be an address of this network namespace. */
  readonly address: string
  /** radosgw's port; `port` + 1 to + 20 are the mon's and the osd's. Two servers side by side need to be 21 apart. */
  readonly port: number
}

export interface Radosgw {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  /** mon, osd, radosgw; all of them end when the process that started them does. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** Why this machine cannot run radosgw, or undefined if it can. */
export function radosgwUnavailable(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/sbin')
  const missing = programs.filter(program => !folders.some(folder => existsSync(join(folder, program))))
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`
}

/**
 * Starts a whole Ceph with an empty S3 server in front.
 * @throws if a daemon ends or does not answer in time; the message carries the end of its log, and nothing is left running.
 */
export async function startRadosgw(options: RadosgwOptions): Promise<Radosgw> {
  const dir = resolve(options.dir)
  const { address, port } = options
  const conf = join(dir, 'ceph.conf')
  const fsid = randomUUID()
  const keyring = join(dir, 'keyring')
  const monmap = join(dir, 'monmap')
  const monAddresses = `[v2:${address}:${port + 1},v1:${address}:${port + 2}]`
  const daemons: Daemon[] = []
  const env = { ...process.env, CEPH_CONF: conf, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  const tool = (program: string, args: readonly string[]) => run(program, [...args], { env, timeout: 30_000 })
  const start = (program: string, args: readonly string[]) => {
    const daemon = startDaemon(program, [...args, '-f'], dir, env)
    daemons.push(daemon)
    return daemon
  }

  const stop = () => stopAll(daemons)
  try {
    for (const folder of ['run', 'mon', 'osd', 'rgw']) await mkdir(join(dir, folder), { recursive: true, mode: 0o700 })
    await writeFile(conf, configuration({ dir, address, port, fsid, monAddresses }), { mode: 0o600 })
    await writeFile(keyring, newKeyring(), { mode: 0o600 })

    await tool('monmaptool', ['--create', '--clobber', '--fsid', fsid, '--addv', 'a', monAddresses, monmap])
    await tool('ceph-mon', ['-i', 'a', '--mkfs', '--monmap', monmap, '--keyring', keyring])
    start('ceph-mon', ['-i', 'a'])

    const osd = randomUUID()
    await tool('ceph', ['--connect-timeout', '20', 'osd', 'new', osd, '0'])
    await tool('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', osd])
    start('ceph-osd', ['-i', '0'])

    const radosgw = start('radosgw', ['-n', 'client.rgw'])
    const endpoint = `http://${address}:${port}`
    await answers(endpoint, radosgw, 60_000)
    const user = ['--uid=lab', '--display-name=lab', `--access-key=${accessKey}`, `--secret=${secretKey}`]
    await tool('radosgw-admin', ['user', 'create', ...user])
    const pids = daemons.flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid]))
    return { endpoint, accessKey, secretKey, pids, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Daemon {
  readonly program: string
  readonly child: ChildProcess
  readonly output: string
  readonly ended: Promise<void>
}

function startDaemon(program: string, args: readonly string[], dir: string, env: NodeJS.ProcessEnv): Daemon {
  const output = join(dir, 'run', `${program}.out`)
  const to = openSync(output, 'a', 0o600)
  // Dies with us, even if we are killed: a test that crashed must not leave a Ceph behind.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { env, stdio: ['ignore', to, to] })
  closeSync(to)
  const ended = new Promise<void>(done => {
    child.once('error', () => done())
    child.once('exit', () => done())
  })
  return { program, child, output, ended }
}

async function stopAll(daemons: readonly Daemon[]): Promise<void> {
  // Everything is in memory and thrown away, so nobody is asked to flush first.
  for (const { child } of daemons.toReversed()) child.kill('SIGKILL')
  await Promise.all(daemons.map(({ ended }) => ended))
}

/** Waits until radosgw answers HTTP at all. */
async function answers(endpoint: string, daemon: Daemon, within: number): Promise<void> {
  const deadline = performance.now() + within
  for (;;) {
    const { exitCode, signalCode } = daemon.child
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`${daemon.program} ended with ${exitCode ?? signalCode}:\n${await tail(daemon.output)}`)
    }
    try {
      const response = await fetch(endpoint, { signal: AbortSignal.timeout(2_000) })
      await response.body?.cancel()
      return
    } catch (cause) {
      if (performance.now() > deadline) {
        const said = await tail(daemon.output)
        throw new Error(`${endpoint} did not answer within ${within / 1000} s:\n${said}`, { cause })
      }
    }
    await pause(50)
  }
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split('\n').slice(-20).join('\n')
}

interface Places {
  readonly dir: string
  readonly address: string
  readonly port: number
  readonly fsid: string
  readonly monAddresses: string
}

/** cephx stays on: without it radosgw 16 hangs in AUTH_CONNECTING. */
function configuration({ dir, address, port, fsid, monAddresses }: Places): string {
  const settings = {
    fsid,
    keyring: join(dir, 'keyring'),
    'mon host': monAddresses,
    'public addr': address,
    'cluster addr': address,
    'ms bind ipv6': false,
    'ms bind port min': port + 3,
    'ms bind port max': port + 20,
    'auth cluster required': 'cephx',
    'auth service required': 'cephx',
    'auth client required': 'cephx',
    'auth allow insecure global id reclaim': false,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'mon allow pool size one': true,
    'osd pool default pg num': 1,
    'osd pool default pgp num': 1,
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': 0,
    // Most of a start is waiting for the map to change: the defaults batch changes for up to a second.
    'paxos propose interval': 0.02,
    'paxos min wait': 0.01,
    'run dir': join(dir, 'run'),
    // A socket's path may have 107 bytes only; nobody needs these.
    'admin socket': '',
    'log file': join(dir, 'run', '$name.log'),
    'mon cluster log file': join(dir, 'run', 'cluster.log'),
    'mon data': join(dir, 'mon'),
    'osd data': join(dir, 'osd'),
    'rgw data': join(dir, 'rgw'),
    'osd objectstore': 'memstore',
    'memstore device bytes': 2 ** 32,
    'mon data avail warn': 5,
    'mon data avail crit': 1,
    'rgw frontends': `beast endpoint=${address}:${port}`,
    'rgw run sync thread': false,
    'rgw thread pool size': 16,
    'rgw crypt require ssl': false,
    'rgw crypt s3 kms backend': 'testing',
    'rgw crypt s3 kms encryption keys': `${radosgwKmsKey}=${randomBytes(32).toString('base64')}`,
  }
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ''].join('\n')
}

/** A keyring for all daemons; `ceph-mon --mkfs` takes every entry over into the mon's own store. */
function newKeyring(): string {
  const everything = ['mon = "allow *"', 'osd = "allow *"', 'mgr = "allow *"', 'mds = "allow *"']
  const entries: readonly (readonly [string, readonly string[]])[] = [
    ['mon.', ['mon = "allow *"']],
    ['client.admin', everything],
    ['osd.0', ['mon = "allow profile osd"', 'osd = "allow *"']],
    ['client.rgw', ['mon = "allow rw"', 'osd = "allow rwx"']],
  ]
  return entries
    .map(([name, caps]) => [`[${name}]`, `key = ${newKey()}`, ...caps.map(cap => `caps ${cap}`), ''].join('\n'))
    .join('\n')
}

/** A cephx secret as in ceph src/auth/Crypto.cc: type AES (1), seconds and nanoseconds of its making, length, 16 bytes. */
function newKey(): string {
  const key = Buffer.alloc(12 + 16)
  key.writeUInt16LE(1, 0)
  key.writeUInt16LE(16, 10)
  randomBytes(16).copy(key, 12)
  return key.toString('base64')
}
