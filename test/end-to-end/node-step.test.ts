// Steps and bring-back timers on a real host with real systemd, real sudo and real reboots, through lines that are cut.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { armBringBack, disarmBringBack } from '../../src/ssh/bring-back-timer.ts'
import { SudoRefused } from '../../src/ssh/errors.ts'
import type { Hosts } from '../../src/ssh/host.ts'
import { followStep, lookAtStep, startStep } from '../../src/ssh/node-step.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { type Reach, reach } from '../ssh/reach.ts'
import { type LabWay, wayInto } from './lab-way.ts'

const why = labUnavailable({ s3: false })

describe.skipIf(why !== undefined)(why ? `node steps in the lab (not here: ${why})` : 'node steps in the lab', () => {
  let folder = ''
  let lab: Lab
  let way: LabWay
  let hosts: Hosts
  const opened: Hosts[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dcosctl-steps-'))
    lab = await labUp({ dir: join(folder, 'lab'), masters: 1, agents: 1, s3: false })
    way = await wayInto(lab, 'm1', folder)
    hosts = await open({})
  })

  afterAll(async () => {
    await Promise.all(opened.map(one => one.close()))
    await way?.close()
    await lab?.down()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(how: Partial<Reach>): Promise<Hosts> {
    const { user, identityFile } = lab.description.ssh
    const key = { file: '', private: '', public: way.hostKey }
    const nodes = [{ name: 'm1', port: way.port, key, address: lab.node('m1').address }]
    const one = await reach({ folder, nodes, user, identities: [identityFile], ...how })
    opened.push(one)
    return one
  }
  const m1 = () => hosts.host('m1')
  const following = (said: string[] = []) => ({
    say: (line: string) => said.push(line),
    outOfTouchWithin: 60_000,
    retryAfter: 200,
  })

  test('a step goes on while the line is cut, again and again, and its result is told once', async () => {
    const name = { run: 'r1', part: 'masters/m1/cut' }
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo "line $i"; sleep 0.5; done; exit 4'
    await startStep(await m1(), { ...name, script, token: 1 })
    const said: string[] = []
    const say = (line: string) => {
      said.push(line)
      if (line === 'line 2' || line === 'line 5') way.cut()
    }

    const troubles: string[] = []
    const end = await followStep(m1, name, { ...following(), say, outOfTouch: why => troubles.push(why) })

    expect(end).toMatchObject({ state: 'ended', exit: 4 })
    expect(troubles.join()).toContain('the line to m1 dropped')
    expect(said).toEqual(Array.from({ length: 8 }, (_, i) => `line ${i + 1}`))
    expect(await startStep(await m1(), { ...name, script, token: 1 })).toMatchObject({
      start: 'found',
      step: { state: 'ended', exit: 4 },
    })
  })

  test('a step runs as root with HOME and PATH, in a unit of its own', async () => {
    const name = { run: 'r1', part: 'masters/m1/who' }
    await startStep(await m1(), {
      ...name,
      script: 'id -un; echo "$HOME"; command -v systemctl; cat /proc/self/cgroup',
      token: 1,
    })

    const { tail } = await followStep(m1, name, following())

    expect(tail.slice(0, 2)).toEqual(['root', '/root'])
    expect(tail.join('\n')).toContain('dcosctl-r1-masters_2fm1_2fwho.service')
  })

  test('four starters at once begin a step once', async () => {
    const name = { run: 'r1', part: 'masters/m1/once' }
    const starts = await Promise.all(
      Array.from({ length: 4 }, async () =>
        startStep(await m1(), { ...name, script: 'echo once >>/root/once', token: 1 }),
      ),
    )
    await followStep(m1, name, following())

    expect(starts.filter(({ start }) => start === 'begun')).toHaveLength(1)
    expect((await (await m1()).run('cat /root/once', { as: 'root', within: 10_000 })).stdout).toBe('once\n')
  })

  test('a step that was at work when the node rebooted is lost, and is not begun again', async () => {
    const name = { run: 'r1', part: 'masters/m1/reboot' }
    const order = { ...name, script: 'echo begun >>/root/begun; sleep 600', token: 1 }
    await startStep(await m1(), order)
    await vi.waitFor(
      async () =>
        expect(await lookAtStep(await m1(), name)).toMatchObject({ state: 'running', since: expect.any(Number) }),
      10_000,
    )
    const followed = followStep(m1, name, following())

    await lab.node('m1').reboot()

    expect(await followed).toMatchObject({ state: 'lost', why: expect.stringContaining('started anew') })
    expect(await startStep(await m1(), order)).toMatchObject({ start: 'found', step: { state: 'lost' } })
    expect((await (await m1()).run('cat /root/begun', { as: 'root', within: 10_000 })).stdout).toBe('begun\n')
  })

  test('while a step is at work, none of another run is begun beside it; after it was stopped, one is', async () => {
    const first = { run: 'r1', part: 'masters/m1/left-behind' }
    const second = { run: 'r2', part: 'masters/m1/left-behind', script: 'echo second', token: 1 }
    await startStep(await m1(), { ...first, script: 'sleep 600', token: 1 })
    await vi.waitFor(
      async () => expect(await lookAtStep(await m1(), first)).toMatchObject({ since: expect.any(Number) }),
      10_000,
    )

    await expect(startStep(await m1(), second)).rejects.toMatchObject({
      name: 'StepBusy',
      atWork: { ...first, unit: 'dcosctl-r1-masters_2fm1_2fleft-behind', since: expect.any(Number) },
    })
    expect(await lookAtStep(await m1(), second)).toEqual({ state: 'absent' })
    await lab.node('m1').exec('systemctl stop dcosctl-r1-masters_2fm1_2fleft-behind.service')
    expect(await startStep(await m1(), second)).toMatchObject({ start: 'begun' })
    expect((await followStep(m1, second, following())).tail).toEqual(['second'])
  })

  test('a step that somebody killed is lost', async () => {
    const name = { run: 'r1', part: 'masters/m1/killed' }
    await startStep(await m1(), { ...name, script: 'sleep 600', token: 1 })
    await vi.waitFor(
      async () => expect(await lookAtStep(await m1(), name)).toMatchObject({ since: expect.any(Number) }),
      10_000,
    )
    await lab.node('m1').exec('systemctl kill -s KILL dcosctl-r1-masters_2fm1_2fkilled.service')

    expect(await followStep(m1, name, following())).toMatchObject({ state: 'lost' })
  })

  test('a bring-back that is not disarmed brings back; one that is disarmed does not', async () => {
    const fires = { run: 'r1', part: 'masters/m1/stop' }
    const stays = { run: 'r1', part: 'masters/m1/other' }
    await armBringBack(await m1(), { ...stays, script: 'echo no >>/root/brought', seconds: 600 })
    await armBringBack(await m1(), { ...stays, script: 'echo no >>/root/brought', seconds: 600 })
    await armBringBack(await m1(), { ...fires, script: 'echo back >>/root/brought', seconds: 1 })

    expect(await disarmBringBack(await m1(), stays)).toBe('disarmed')
    expect(await disarmBringBack(await m1(), stays)).toBe('absent')
    const brought = async () => (await (await m1()).run('cat /root/brought', { as: 'root', within: 10_000 })).stdout
    await vi.waitFor(async () => expect(await brought()).toBe('back\n'), { timeout: 70_000, interval: 500 })
    expect(await disarmBringBack(await m1(), fires)).toBe('fired')
  })

  test('the real sudo wants a password: without one, with a wrong one, and with the right one', async () => {
    const { user, password } = lab.description.ssh.asks
    const as = async (sudoPassword?: Secret) =>
      (await open({ user, ...(sudoPassword ? { sudoPassword } : {}) })).host('m1')
    const whoami = { as: 'root', within: 15_000 } as const

    await expect((await as()).run('id -un', whoami)).rejects.toThrow(/wants a password/)
    await expect((await as(new Secret('wrong'))).run('id -un', whoami)).rejects.toBeInstanceOf(SudoRefused)
    const right = await as(new Secret(password))
    expect(await right.run('id -un; cat', { ...whoami, stdin: Buffer.from('exact') })).toEqual({
      exit: 0,
      stdout: 'root\nexact',
      stderr: '',
    })
  })

  test('a user whose shell talks at every login is no trouble', async () => {
    const noisy = await (await open({ user: lab.description.ssh.noisy.user })).host('m1')

    expect(await noisy.run('echo mine', { as: 'login', within: 15_000 })).toEqual({
      exit: 0,
      stdout: 'mine\n',
      stderr: '',
    })
  })
})
