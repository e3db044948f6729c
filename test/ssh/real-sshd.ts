// The real OpenSSH sshd as a process of its own on 127.0.0.1, with its own configuration, keys and home. Tests without it are skipped by name.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { KeyPair } from './keys.ts'

const program = '/usr/sbin/sshd'

/** Why tests on the real sshd cannot run here, or undefined. */
export const whyNoSshd: string | undefined = existsSync(program)
  ? undefined
  : 'there is no /usr/sbin/sshd (package openssh-server)'

export interface RealSshd {
  readonly port: number
  readonly user: string
  /** HOME of those who log in; a `.bashrc` here is read by bash. */
  readonly home: string
  /** First in PATH of those who log in. */
  readonly bin: string
  stop(): Promise<void>
}

/** `settings` are more lines of sshd_config. */
export async function realSshd(
  folder: string,
  name: string,
  options: {
    readonly hostKey: KeyPair
    readonly accepts: KeyPair
    readonly settings?: readonly string[]
    readonly env?: readonly string[]
  },
): Promise<RealSshd> {
  const user = userInfo().username
  const home = join(folder, name, 'home')
  const bin = join(folder, name, 'bin')
  await mkdir(home, { recursive: true })
  await mkdir(bin, { recursive: true })
  if (user === 'root') await mkdir('/run/sshd', { recursive: true, mode: 0o755 }) // sshd's privilege separation wants it
  const port = await freePort()
  const authorized = join(folder, name, 'authorized_keys')
  await writeFile(authorized, `${options.accepts.public}\n`, { mode: 0o600 })
  const config = join(folder, name, 'sshd_config')
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${options.hostKey.file}`,
    `AuthorizedKeysFile ${authorized}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PidFile none',
    `SetEnv HOME=${home} PATH=${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin ${(options.env ?? []).join(' ')}`,
    ...(options.settings ?? []),
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  const sshd = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  sshd.stderr.on('data', chunk => {
    complaints += chunk
  })
  const gone = new Promise<void>(resolve => sshd.on('exit', () => resolve()))
  const stop = async () => {
    sshd.kill('SIGTERM')
    await gone
  }
  const deadline = performance.now() + 10_000
  while (!(await listens(port))) {
    if (sshd.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`sshd did not come up: ${complaints}`)
    }
  }
  return { port, user, home, bin, stop }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Waits up to 100 ms for the server's first words. */
function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const say = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(100, () => say(false))
    socket.on('data', () => say(true))
    socket.on('error', () => setTimeout(() => say(false), 20))
  })
}
