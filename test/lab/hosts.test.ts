// The lab's hosts keep their promises: real logins, real reboots, real silence, and nothing left when the lab is killed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from './command.ts'
import { until } from './deadline.ts'
import { type Lab, labUnavailable, labUp } from './lab.ts'

const why = labUnavailable({ s3: false })
const inLab = describe.skipIf(why !== undefined)
const named = (what: string) => (why === undefined ? what : `${what} (not here: ${why})`)

const directories: string[] = []
const silent = () => undefined
/** Exit status of timeout(1) where it had to end the command. */
const silence = 124

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dcosctl-lab-'))
  directories.push(directory)
  return directory
}

const smallLab = (dir: string) => labUp({ dir, masters: 1, agents: 1, s3: false, say: silent })

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

inLab(named('hosts of the lab'), () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await smallLab(newDirectory())
  })
  afterAll(() => lab?.down())

  const ssh = (node: string, script: string, { user = 'core', input = '' } = {}) => {
    const argv = lab.sshArgv(node).map(word => word.replace(/^core@/, `${user}@`))
    return lab.exec([...argv, script], { input, timeout: 20 })
  }
  const bootId = async (node: string) => (await ssh(node, 'cat /proc/sys/kernel/random/boot_id')).stdout.trim()
  /** What the other end says first, within two seconds. */
  const connectAsOperator = (address: string, port: number) =>
    lab.exec(['timeout', '2', 'bash', '-c', `head -c 1 </dev/tcp/${address}/${port}`])
  /** A port of the node that answers every connection, until the node's next boot. */
  const openPort = async (node: string, port: number) => {
    const serve = `systemd-run --quiet --unit=port-${port} sh -c 'while echo here | nc -l -N -p ${port}; do :; done'`
    expect(await lab.node(node).exec(serve)).toMatchObject({ exit: 0 })
    await until(`${node} listens on ${port}`, 10, async () =>
      (await lab.node(node).exec(`ss -Hltn sport = :${port}`)).stdout.includes('LISTEN'),
    )
  }

  test('the operator logs into every node, whose key is known, and becomes root without a password', async () => {
    for (const { name } of lab.description.nodes) {
      expect(await ssh(name, 'hostname; id -un; sudo -n id -un')).toMatchObject({
        exit: 0,
        stdout: `${name}\ncore\nroot\n`,
      })
    }
  })

  test('every node comes up with real systemd and no failed unit', async () => {
    for (const { name } of lab.description.nodes) {
      const waited = await lab
        .node(name)
        .exec('systemctl is-system-running --wait; systemctl --failed --plain --no-legend')
      expect(waited.stdout).toBe('running\n')
    }
  })

  test("sudo of the user 'asks' wants a password, and takes the right one on standard input", async () => {
    const { user, password } = lab.description.ssh.asks
    expect((await ssh('m1', 'sudo -n true', { user })).stderr).toContain('a password is required')
    expect((await ssh('m1', 'sudo -S -p "" true', { user, input: 'wrong\n' })).exit).not.toBe(0)
    expect(await ssh('m1', 'sudo -S -p "" id -un', { user, input: `${password}\n` })).toMatchObject({
      stdout: 'root\n',
    })
  })

  test("the shell of the user 'noisy' talks before the command's own words", async () => {
    const { stdout } = await ssh('m1', 'echo mine', { user: lab.description.ssh.noisy.user })
    expect(stdout).toMatch(/^Welcome[^\n]*\nmine\n$/)
  })

  test('the operator reaches nothing of a node but ssh, while another node reaches its ports', async () => {
    await openPort('m1', 5999)
    const { address } = lab.node('m1')
    expect(await lab.node('a1').exec(`nc -N -w 2 ${address} 5999 </dev/null`)).toMatchObject({
      exit: 0,
      stdout: 'here\n',
    })
    expect(await connectAsOperator(address, 5999)).toMatchObject({ exit: silence })
  })

  test('a command of the operator gets its input, directory and environment, and its exit status comes back', async () => {
    const ended = await lab.exec(['sh', '-c', 'cat; pwd; echo "$WORD" >&2; exit 7'], {
      input: 'in\n',
      cwd: '/usr',
      env: { ...process.env, WORD: 'err' },
    })
    expect(ended).toEqual({ exit: 7, stdout: 'in\n/usr\n', stderr: 'err\n' })
  })

  test('a node that is told to reboot comes back in a new boot, with its disk', async () => {
    const before = await bootId('a1')
    await ssh('a1', 'echo kept > kept')
    await ssh('a1', 'sudo -n systemctl reboot')
    const after = await until('a1 answers in a new boot', 30, async () => {
      const seen = await bootId('a1')
      return seen !== '' && seen !== before && seen
    })
    expect(after).not.toBe(before)
    expect((await ssh('a1', 'cat kept')).stdout).toBe('kept\n')
  })

  test('a node without power is silent, its disk can be looked at, and it boots again', async () => {
    const before = await bootId('a1')
    const open = `ss -Htn state established dst ${lab.node('a1').address}`
    await lab.node('m1').exec(`systemd-run --quiet --unit=line sh -c 'sleep 100 | nc ${lab.node('a1').address} 22'`)
    await until('m1 has a line to a1', 10, async () => (await lab.node('m1').exec(open)).stdout !== '')
    await ssh('a1', 'sudo -n sh -c "echo kept > /etc/kept"')
    await lab.node('a1').powerCut()
    expect((await lab.status()).nodes.find(({ name }) => name === 'a1')).toMatchObject({
      power: 'off',
      faults: ['power-cut'],
    })
    // A process that is only killed closes its connections: m1 would have heard of it.
    expect((await lab.node('m1').exec(open)).stdout).toContain(lab.node('a1').address)
    expect(readFileSync(join(lab.node('a1').disk, 'etc/kept'), 'utf8')).toBe('kept\n')

    await lab.node('a1').boot()
    expect(await bootId('a1')).not.toBe(before)
    expect((await ssh('a1', 'cat /etc/kept')).stdout).toBe('kept\n')
  })

  test('a frozen node keeps an open connection waiting and goes on when it thaws', async () => {
    const session = lab.spawn([...lab.sshArgv('a1'), 'while read word; do echo "got $word"; done'], { stdio: 'pipe' })
    const heard: string[] = []
    session.stdout?.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
    session.stdin?.write('one\n')
    await until('the session answers', 10, () => heard.join('') === 'got one\n')

    await lab.fault('freeze', 'a1')
    session.stdin?.write('two\n')
    expect(await connectAsOperator(lab.node('a1').address, 22)).toMatchObject({ exit: silence, stdout: '' })
    expect(heard.join('')).toBe('got one\n')

    await lab.fault('freeze', 'a1', 'off')
    await until('the session goes on', 10, () => heard.join('') === 'got one\ngot two\n')
    session.stdin?.end()
  })

  test("a cut of the operator's own line is silent, and the other nodes notice nothing", async () => {
    const { address } = lab.node('a1')
    await lab.fault('operator-cut', 'a1')
    expect(await connectAsOperator(address, 22)).toMatchObject({ exit: silence, stdout: '' })
    expect(await lab.node('m1').exec(`nc -z -w 2 ${address} 22`)).toMatchObject({ exit: 0 })
    await lab.fault('operator-cut', 'a1', 'off')
    expect((await ssh('a1', 'true')).exit).toBe(0)
  })

  test('a node that refuses ssh answers at once, and logins work again afterwards', async () => {
    await lab.fault('refuse-ssh', 'a1')
    expect((await ssh('a1', 'true')).stderr).toContain('Connection refused')
    await lab.fault('refuse-ssh', 'a1', 'off')
    expect((await ssh('a1', 'true')).exit).toBe(0)
  })

  test('a frozen ZooKeeper server stands still with its connections open, and goes on', async () => {
    const state = async () => (await lab.node('m1').exec('ps --no-headers -o stat -C java')).stdout
    await until('the ZooKeeper server of m1 runs', 30, async () => (await state()) !== '')
    await lab.fault('zookeeper-frozen', 'm1')
    expect(await state()).toMatch(/^T/)
    await lab.fault('zookeeper-frozen', 'm1', 'off')
    expect(await state()).toMatch(/^[SR]/)
    await expect(lab.fault('zookeeper-frozen', 'a1')).rejects.toThrow('No ZooKeeper server runs on a1.')
  })

  test("killing the operator's process group ends the command and what it started", async () => {
    const child = lab.spawn(['sh', '-c', 'sleep 300 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const started = await new Promise<string>(resolve =>
      child.stdout?.once('data', data => resolve(String(data).trim())),
    )
    expect(existsSync(`/proc/${started}`)).toBe(true)
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await until('the grandchild is gone', 10, () => !existsSync(`/proc/${started}`))
  })

  test('a full disk refuses every byte in the folder where dcosctl works', async () => {
    await lab.fault('disk-full', 'a1')
    expect((await ssh('a1', 'sudo -n cp /etc/hosts /var/lib/dcosctl/x')).stderr).toContain('No space left on device')
    await lab.fault('disk-full', 'a1', 'off')
    expect((await ssh('a1', 'sudo -n cp /etc/hosts /var/lib/dcosctl/x')).exit).toBe(0)
  })

  test('a fault of the simulated services is a file in the node', async () => {
    const file = join(lab.node('a1').disk, 'var/lib/lab/faults/agent-does-not-re-register')
    await lab.fault('agent-does-not-re-register', 'a1')
    expect(existsSync(file)).toBe(true)
    await lab.fault('agent-does-not-re-register', 'a1', 'off')
    expect(existsSync(file)).toBe(false)
  })

  test('a fault or a node that does not exist is refused, with those that do', async () => {
    await expect(lab.fault('earthquake', 'a1')).rejects.toThrow(/no fault called 'earthquake'[\s\S]*power-cut/)
    await expect(lab.fault('cut', 'a9')).rejects.toThrow("There is no node called 'a9'; there are m1, a1.")
  })

  test('after a reset the nodes have fresh disks and no faults, and are the same hosts', async () => {
    const hostKeys = readFileSync(lab.description.ssh.knownHostsFile, 'utf8')
    await ssh('m1', 'touch mine')
    await lab.fault('refuse-ssh', 'm1')
    await lab.node('a1').powerCut()

    await lab.reset()

    expect((await lab.status()).nodes).toMatchObject([
      { power: 'on', faults: [] },
      { power: 'on', faults: [] },
    ])
    expect((await ssh('m1', 'ls mine')).exit).not.toBe(0)
    expect(readFileSync(lab.description.ssh.knownHostsFile, 'utf8')).toBe(hostKeys)
  })

  test('a lab that runs is joined when it has the same hosts', async () => {
    const joined = await labUp({ dir: lab.paths.root, masters: 1, agents: 1, s3: false, reuse: true, say: silent })
    expect(joined.description).toEqual(lab.description)
  })

  test('a second start in a directory where one is under way is refused', async () => {
    const dir = newDirectory()
    writeFileSync(join(dir, 'starting'), String(process.ppid))
    await expect(smallLab(dir)).rejects.toThrow(/is being started in .* by another process/)
  })

  test('two labs run side by side and do not see each other', async () => {
    const other = await smallLab(newDirectory())
    try {
      await ssh('m1', 'echo first > mine')
      expect((await other.exec([...other.sshArgv('m1'), 'cat mine'])).exit).not.toBe(0)
      expect((await ssh('m1', 'cat mine')).stdout).toBe('first\n')
    } finally {
      await other.down()
    }
  })
})

inLab(named('the end of a lab'), () => {
  test('after `down` no process, mount, cgroup or disk of it is left', async () => {
    const lab = await smallLab(newDirectory())
    expect(processesOf(lab)).not.toEqual([])
    await lab.down()
    expect(processesOf(lab)).toEqual([])
    expect(await cgroupsOf(lab)).toBe('')
    expect(readdirSync(lab.paths.root).sort()).toEqual(['keys', 'known_hosts', 'logs'])
  })

  test('kill -9 of the supervisor ends every process and mount; `down` then removes its empty cgroups and disks', async () => {
    const lab = await smallLab(newDirectory())
    expect(await cgroupsOf(lab)).not.toBe('')
    process.kill(lab.description.supervisor, 'SIGKILL')
    await until('nothing of the lab runs', 10, () => processesOf(lab).length === 0)
    await expect(lab.status()).rejects.toThrow('No lab answers')

    await lab.down()
    expect(await cgroupsOf(lab)).toBe('')
    expect(existsSync(lab.paths.nodes)).toBe(false)
  })
})

/** Pids of this machine that still see a mount of the lab, or name its directory in their command. */
function processesOf(lab: Lab): readonly string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid))
  return pids.filter(pid =>
    ['mountinfo', 'cmdline'].some(file => readIfAlive(`/proc/${pid}/${file}`).includes(lab.paths.root)),
  )
}

function readIfAlive(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // A process may end while it is looked at; a dead one holds nothing.
    return ''
  }
}

async function cgroupsOf(lab: Lab): Promise<string> {
  const list = `mount -t cgroup2 cgroup2 /sys/fs/cgroup && ls -d /sys/fs/cgroup/${lab.paths.cgroup} 2>/dev/null || true`
  return (await command(['unshare', '--mount', 'sh', '-c', list], { seconds: 10 })).stdout
}
