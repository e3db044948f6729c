// Bad input of every kind, on real hosts: each ends with what happened, the state of things and the right exit code, and changes nothing.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { expectEnding, expectNoStackTrace } from './ending.ts'
import { executionsOfAll, onNode } from './lab-cluster.ts'
import { clusterFileOf, type FileOfCluster, type Operator, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable()
const secret = 'not-the-right-words'
/** Both begin a run, and look at the cluster in the same way before; each must refuse. */
const [backup, upgrade] = [['backup'], ['upgrade', '--confirm', 'lab']] as const
const refused = 10
const usage = 2

describe.skipIf(why !== undefined)(why ? `bad input on the lab (not here: ${why})` : 'bad input on the lab', () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let usual: FileOfCluster

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-bad-'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1 })
    operator = operatorOf(lab)
    usual = clusterFileOf(lab, join(root, 'backups'))
    await untilWell(operator)
  })
  afterEach(() => operator.writeFile({}))
  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  const withSsh = (more: Partial<FileOfCluster['ssh']>) => operator.writeFile({ ssh: { ...usual.ssh, ...more } })
  const mastersWith = (
    change: (master: FileOfCluster['masters'][number]) => Partial<FileOfCluster['masters'][number]>,
    more: Partial<FileOfCluster> = {},
  ) => operator.writeFile({ masters: usual.masters.map(master => ({ ...master, ...change(master) })), ...more })
  async function switchOn(fault: string, node: string): Promise<void> {
    onTestFinished(() => lab.fault(fault, node, 'off'))
    await lab.fault(fault, node)
  }
  const addressOf = (node: string) => lab.node(node).address

  async function expectRefused(args: readonly string[], exit: number, ...says: readonly string[]): Promise<void> {
    expectEnding(await operator.dcosctl(args), { exit, says })
  }

  describe('a way to a node that is not as the cluster file says', () => {
    test('a master that does not answer is named, with its address: nothing is upgraded, and a backup says that it would lack it', async () => {
      const cluster = { within: '3s', every: '1s', steady: '0s' } // nobody else will be elected
      mastersWith(({ name }) => (name === 'm2' ? { host: '10.77.0.99' } : {}), {
        patience: { ...usual.patience, cluster },
      })
      const says = 'm2 (10.77.0.99:22) cannot be reached by SSH'

      expectEnding(await operator.dcosctl(['upgrade', '--plan']), {
        exit: refused,
        says: [says, 'Nothing was asked of it.'],
      })
      // As a note of the plan, or, where that master leads something, in the refusal.
      const { stdout, stderr } = await operator.dcosctl(['backup', '--plan', '--json'])
      expect(stdout + stderr).toContain(says)
    })

    test('a master that is cut off silently is told within the time limit', async () => {
      await switchOn('operator-cut', 'm3')
      withSsh({ connectWithin: '2s' })

      expectEnding(await operator.dcosctl(['upgrade', '--plan']), {
        exit: refused,
        says: ['m3', 'no login within 2 s'],
      })
    })

    test('a host key that nobody knows is shown, and not trusted', async () => {
      withSsh({ knownHosts: ['/dev/null'] })

      await expectRefused(backup, refused, 'no key of m', 'SHA256:', 'ssh-keygen -lf', 'dcosctl init')
    })

    test('a host key that is another one than known stops everything', async () => {
      const known = await readFile(lab.description.ssh.knownHostsFile, 'utf8')
      const keys = known.split('\n').map(line => line.split(' ').slice(1).join(' '))
      const turned = known
        .split('\n')
        .map((line, index, all) => [line.split(' ')[0], keys[(index + 1) % (all.length - 1)]].join(' '))
      await writeFile(join(root, 'turned'), turned.slice(0, -1).join('\n') + '\n')
      withSsh({ knownHosts: [join(root, 'turned')] })

      await expectRefused(upgrade, refused, 'changed: it shows', 'somebody in between', 'Nothing was asked of it.')
    })

    test('a key that no node accepts, and a user that no node has', async () => {
      withSsh({ identities: [join(lab.paths.root, 'keys', 'm1')] })
      await expectRefused(backup, refused, 'takes none of our keys for core', 'keys/m1 was not accepted')

      withSsh({ user: 'stranger' })
      await expectRefused(upgrade, refused, 'takes none of our keys for stranger')
    })

    test('the wrong machine behind an address is recognised before anything is asked of it', async () => {
      const [m1, m2] = [addressOf('m1'), addressOf('m2')]
      mastersWith(({ name }) => (name === 'm1' ? { host: m2 } : name === 'm2' ? { host: m1 } : {}))

      await expectRefused(
        upgrade,
        refused,
        'is not the one that is meant: its address is 10.77.0.1',
        'Nothing was changed on it.',
      )
    })

    test('an agent in the place of a master is recognised by its role', async () => {
      const masters = usual.masters.map(each => (each.name === 'm2' ? { ...each, address: addressOf('a1') } : each))
      operator.writeFile({ masters, nodes: {} })

      await expectRefused(
        backup,
        refused,
        'The machine behind m2 is not the one that is meant',
        'its DC/OS role is slave, not master',
      )
    })

    test('another cluster is recognised by its id', async () => {
      const id = '11111111-1111-4111-8111-111111111111'
      operator.writeFile({ cluster: { ...usual.cluster, id } })

      await expectRefused(upgrade, refused, `its cluster id is ${lab.description.clusterId}, not ${id}`)
    })
  })

  describe('sudo', () => {
    test('one that asks, without a password in the cluster file, is told with both cures', async () => {
      withSsh({ user: lab.description.ssh.asks.user })

      await expectRefused(backup, refused, 'wants a password for asks', 'ssh.sudoPassword', 'NOPASSWD')
    })

    test('a wrong password is told as such, and is in no message', async () => {
      withSsh({ user: lab.description.ssh.asks.user, sudoPassword: { env: 'SUDO_PASSWORD' } })
      for (const args of [backup, upgrade]) {
        const ended = await operator.dcosctl(args, { env: { SUDO_PASSWORD: secret } })
        expectEnding(ended, { exit: refused, says: ['does not take the password given for asks'] })
        expect(ended.stderr).not.toContain(secret)
      }
    })

    test('a password that is not where the cluster file says names the place', async () => {
      const { user } = lab.description.ssh.asks
      withSsh({ user, sudoPassword: { env: 'NOT_SET' } })
      await expectRefused(upgrade, usage, 'The sudo password is empty in the environment variable NOT_SET')

      withSsh({ user, sudoPassword: { file: join(root, 'nowhere') } })
      await expectRefused(backup, usage, `can't be read from the file ${join(root, 'nowhere')}`)

      withSsh({ user, sudoPassword: { command: `echo ${secret} >&2; exit 3` } })
      const ended = await operator.dcosctl(['backup'])
      expectEnding(ended, { exit: usage, says: ["can't be read from the command of the cluster file"] })
      expect(ended.stderr).not.toContain(secret)
    })
  })

  describe('a cluster that answers something else', () => {
    test.for([
      ['unauthorized', ['m1', 'm2', 'm3'], '401: it wants credentials'],
      ['html', ['m1'], 'an HTML page, not JSON'],
    ] as const)('%s', async ([fault, nodes, says]) => {
      for (const node of nodes) await switchOn(fault, node)

      const checked = await operator.dcosctl(['check'])
      const status = await operator.dcosctl(['status'])
      await expectRefused(upgrade, refused, says, 'Nothing was changed.')

      expect(checked.exit).toBe(3)
      expect(checked.stdout.replaceAll(/\s+/g, ' ')).toContain(says)
      expect(status).toMatchObject({ exit: 0, stderr: '' })
      expect(status.stdout).toContain(says)
      for (const { stdout, stderr } of [checked, status]) expectNoStackTrace(stdout + stderr)
    })

    test('a script URL that leads nowhere, or to something else', async () => {
      operator.writeFile({ upgrade: { ...usual.upgrade, scriptUrl: 'http://10.77.0.2/nothing' } })
      expectEnding(await operator.dcosctl(['upgrade', '--plan']), { exit: refused, says: ['error: 404'] })

      operator.writeFile({ upgrade: { ...usual.upgrade, scriptUrl: `http://${addressOf('m1')}:5050/version` } })
      expectEnding(await operator.dcosctl(['upgrade', '--plan']), {
        exit: refused,
        says: ['is not a node upgrade script'],
      })
    })
  })

  describe('a plan or a word that does not fit', () => {
    test('the plan of another cluster is refused, with both ids', async () => {
      const saved = join(root, 'plan.json')
      expect((await operator.dcosctl(['upgrade', '--plan', '--out', saved])).exit).toBe(0)
      const other = '22222222-2222-4222-8222-222222222222'
      const plan = (await readFile(saved, 'utf8')).replaceAll(lab.description.clusterId, other)
      const foreign = join(root, 'foreign.json')
      await writeFile(foreign, plan)

      expectEnding(await operator.dcosctl(['upgrade', foreign, '--confirm', 'lab']), {
        exit: refused,
        says: ['The plan is of another cluster', other, lab.description.clusterId],
      })
    })

    test('a plan that was cut short, or was changed by hand, is refused', async () => {
      const saved = join(root, 'whole.json')
      expect((await operator.dcosctl(['upgrade', '--plan', '--out', saved])).exit).toBe(0)
      const text = await readFile(saved, 'utf8')
      for (const [file, content] of [
        ['cut.json', text.slice(0, text.length / 2)],
        ['changed.json', text.replace('"atMost": 1', '"atMost": 3, "force": true')],
        ['empty.json', ''],
      ] as const) {
        await writeFile(join(root, file), content)
        expectEnding(await operator.dcosctl(['upgrade', join(root, file), '--confirm', 'lab']), {
          exit: usage,
          says: [`${join(root, file)} can't be read as a plan`, 'make it anew'],
        })
      }
      for (const [file, from, to, exit, says] of [
        ['masters.json', /("order": "by-rank",\s+"atMost": )1/, '$13', usage, 'nodes by rank go one at a time'],
        ['agents.json', /("order": "as-listed",\s+"atMost": )1/, '$13', refused, 'agents is another one in the plan'],
      ] as const) {
        expect(text).toMatch(from)
        await writeFile(join(root, file), text.replace(from, to))
        expectEnding(await operator.dcosctl(['upgrade', join(root, file), '--confirm', 'lab']), { exit, says: [says] })
      }
    })

    test('a saved plan is never written over', async () => {
      const saved = join(root, 'ticket.json')
      await writeFile(saved, 'in the change ticket')

      const { exit, stderr } = await operator.dcosctl(['upgrade', '--plan', '--out', saved])

      expect(exit).toBe(usage)
      expect(stderr).toContain("The plan can't be saved")
      expect(await readFile(saved, 'utf8')).toBe('in the change ticket')
    })

    test('another name than the cluster’s, and nobody to ask', async () => {
      expectEnding(await operator.dcosctl(['upgrade', '--confirm', 'orchard']), {
        exit: refused,
        says: ['--confirm says orchard, but the cluster is lab'],
      })
      expectEnding(await operator.dcosctl(['upgrade'], { input: 'lab\n' }), {
        exit: refused,
        says: ['there is no terminal to ask on', '--confirm lab'],
      })
    })
  })

  describe('after all of these', () => {
    test('no run is on the workstation', async () => {
      const { exit, stdout } = await operator.dcosctl(['run', 'list', '--json'])
      expect({ exit, runs: JSON.parse(stdout).runs }).toEqual({ exit: 0, runs: [] })
    })

    test('no claim and nothing else is in ZooKeeper', async () => {
      const znodes = '/opt/lab/bin/node /opt/lab/repo/test/end-to-end/znodes.ts'
      expect(await onNode(lab, 'm1', `${znodes} ${addressOf('m1')}:2181 /dcosctl`)).toBe('')
      expect(await onNode(lab, 'm1', `${znodes} ${addressOf('m1')}:2181 /cluster-id`)).toContain('"/cluster-id"')
    })

    test('no node was touched', async () => {
      const nodes = lab.description.nodes.map(({ name }) => name)
      for (const node of nodes) expect(await onNode(lab, node, 'ls -A /var/lib/dcosctl 2>/dev/null || true')).toBe('')
      expect(await executionsOfAll(lab, nodes)).toEqual(Object.fromEntries(nodes.map(node => [node, 0])))
    })
  })

  describe('what looks bad and is not', () => {
    test('a shell that talks before every command: check, backup, verify and plan work', async () => {
      withSsh({ user: lab.description.ssh.noisy.user })

      for (const args of [['check'], ['backup'], ['backup', 'verify'], ['upgrade', '--plan']]) {
        expect(await operator.dcosctl(args), args.join(' ')).toMatchObject({ exit: 0, stderr: '' })
      }
    })

    test('sudo with the right password, from environment, file and command', async () => {
      const { user, password } = lab.description.ssh.asks
      await writeFile(join(root, 'password'), `${password}\n`, { mode: 0o600 })
      for (const sudoPassword of [
        { env: 'SUDO_PASSWORD' },
        { file: join(root, 'password') },
        { command: `cat ${join(root, 'password')}` },
      ]) {
        withSsh({ user, sudoPassword })
        expect(await operator.dcosctl(['check', 'one-version'], { env: { SUDO_PASSWORD: password } })).toMatchObject({
          exit: 0,
        })
      }
      expect(await operator.dcosctl(['backup'])).toEqual({ exit: 0, stdout: '', stderr: '' })
    })
  })
})
