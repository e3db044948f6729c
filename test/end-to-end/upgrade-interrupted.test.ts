// One upgrade on real hosts that is stopped in every way it can be, told in order: each test goes on where the one before it left the cluster.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import {
  agentsOf,
  executions,
  executionsOfAll,
  holderSession,
  isSwapping,
  mastersOf,
  serverOfSession,
  swapTakes,
  versionOn,
} from './lab-cluster.ts'
import { type Operator, operatorOf, type Typed, untilWell } from './operator.ts'
import { all, drive, laneOrder, untilTold } from './run-story.ts'

const why = labUnavailable({ s3: false })

describe.skipIf(why !== undefined)(`an upgrade that is interrupted${why ? ` (not here: ${why})` : ''}`, () => {
  let folder = ''
  let lab: Lab
  let operator: Operator
  let typed: Typed
  /** The masters in the order of their turns, as they come. */
  let first = ''
  let second = ''
  let third = ''
  const [canary, other] = ['a1', 'a2']

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dcosctl-stops-'))
    lab = await labUp({ dir: join(folder, 'lab'), masters: 3, agents: 2, s3: false })
    operator = operatorOf(lab)
    await untilWell(operator)
    swapTakes(lab, 3, [...mastersOf(lab), ...agentsOf(lab)])
  })

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    rmSync(folder, { recursive: true, force: true })
  })

  const untilSwapping = (node: string) => until(`${node} swaps packages`, 30, () => isSwapping(lab, node))
  const untilNotSwapping = (node: string) =>
    until(`${node} has swapped its packages`, 60, async () => !isSwapping(lab, node))
  /** The session that holds the claim, as a master's ZooKeeper server knows it once it serves. */
  const untilHeld = (master: string) =>
    until(`${master} knows who holds the claim`, 20, async () => {
      const holder = await holderSession(lab, master)
      return holder !== 'nobody' && holder
    })
  const faultOnMasters = (fault: string, state: 'on' | 'off') =>
    Promise.all(mastersOf(lab).map(node => lab.fault(fault, node, state)))

  test('a script that exits 0 and did nothing is caught: exit 21, and no other node is begun', async () => {
    await faultOnMasters('script-does-nothing', 'on')

    const ended = await operator.dcosctl(['upgrade', '--confirm', 'lab'])

    first = laneOrder(await operator.journalOf(), 'masters')[0] ?? ''
    expect(ended.exit, ended.stderr).toBe(21)
    expect(ended.stderr).toContain(
      `Upgrade ${first} failed: the upgrade script ended with exit 0, and ${first} runs 2.1.1`,
    )
    expect(ended.stderr).toContain('dcosctl run resume')
    expect(laneOrder(await operator.journalOf(), 'masters')).toEqual([first])
    await faultOnMasters('script-does-nothing', 'off')
  })

  test('Ctrl-C while a script runs stops behind it, at a safe point: exit 130', async () => {
    typed = drive(operator, ['run', 'resume'])
    await untilSwapping(first)
    typed.kill('SIGINT')

    const ended = await typed.ended

    expect(ended.exit, ended.stderr).toBe(130)
    expect(ended.stderr).toContain(`masters/${first}/upgrade is under way and awaited`)
    expect(ended.stderr).toContain('dcosctl run resume')
    expect(all(await operator.journalOf(), 'step-finished').at(-1)).toMatchObject({
      part: `masters/${first}/upgrade`,
      found: 'absent',
    })
    expect(await versionOn(lab, first)).toBe('2.2.1')
    expect(await executions(lab, first)).toBe(1)
  })

  test('all lines drop while a script runs: the run has paused before anybody else could have the claim', async () => {
    typed = drive(operator, ['run', 'resume'])
    second = (await untilTold(typed, 'lane-started', ({ node }) => node !== first)).node
    third = mastersOf(lab).find(node => node !== first && node !== second) ?? ''
    await untilSwapping(second)
    await faultOnMasters('operator-cut', 'on')
    let stillHeld = 0
    const vanished = until('ZooKeeper has let go of the holder', 40, async () => {
      const asked = Date.now()
      const holder = await holderSession(lab, first)
      if (holder?.startsWith('0x')) stillHeld = asked
      return holder === 'nobody'
    })
    const ended = await typed.ended
    await vanished

    const records = await operator.journalOf()
    const [paused] = all(records, 'run-paused').slice(-1)
    expect(ended.exit, ended.stderr).toBe(24)
    expect(ended.stderr).toContain('dcosctl run resume')
    expect(paused?.stop.why).toBe('claim-lost')
    expect(paused?.at).toBeLessThan(stillHeld)
    expect(records.at(-1)?.event.event).toBe('run-paused')
  })

  test('with the lines back, resume finds the script that went on by itself', async () => {
    await faultOnMasters('operator-cut', 'off')
    await untilNotSwapping(second)

    typed = drive(operator, ['run', 'resume'])
    await untilTold(typed, 'step-finished', ({ part }) => part === `masters/${second}/upgrade`)

    expect(await executionsOfAll(lab, [first, second])).toEqual({ [first]: 1, [second]: 1 })
  })

  test('a laptop that sleeps longer than its session lives wakes without the claim and begins nothing', async () => {
    typed.kill('SIGSTOP')
    await until('ZooKeeper has let go of the holder', 40, async () => (await holderSession(lab, first)) === 'nobody')
    typed.kill('SIGCONT')

    const ended = await typed.ended

    expect(ended.exit, ended.stderr).toBe(24)
    expect(laneOrder(await operator.journalOf(), 'masters').includes(third)).toBe(false)
    expect(await executions(lab, third)).toBe(0)
  })

  test('a master loses its power while its script runs: that is said, and a second Ctrl-C leaves', async () => {
    typed = drive(operator, ['run', 'resume'])
    await untilTold(typed, 'lane-started', ({ node }) => node === third)
    await untilSwapping(third)
    await lab.node(third).powerCut()
    await until('dcosctl is out of touch', 40, () => typed.output.includes(`out of touch with ${third}`))
    typed.kill('SIGINT')
    await until('the stop was heard', 5, () => typed.output.includes('under way and awaited'))
    typed.kill('SIGINT')

    const ended = await typed.ended

    expect(ended.exit, ended.stderr).toBe(130)
    expect(ended.stderr).toContain('dcosctl run resume')
  })

  test('a resume while it is still off says so and touches nothing', async () => {
    const ended = await operator.dcosctl(['run', 'resume'])

    expect(ended.exit, ended.stderr).toBe(21)
    expect(ended.stderr).toContain(third)
    expect(laneOrder(await operator.journalOf(), 'agents')).toEqual([])
  })

  test('with its power back, resume finds it upgraded and goes on', async () => {
    await lab.node(third).boot()
    await untilNotSwapping(third)

    typed = drive(operator, ['run', 'resume'])
    await untilTold(typed, 'lane-started', ({ node }) => node === canary)

    expect(await executions(lab, third)).toBe(1)
    expect(await versionOn(lab, third)).toBe('2.2.1')
  })

  test('the ZooKeeper server that the claim is held through freezes: the same session goes on by another one', async () => {
    swapTakes(lab, 60, [other]) // so that the next test comes in time to cut it off
    await untilTold(typed, 'step-started', ({ part }) => part === `agents/${canary}/upgrade`)
    const session = await untilHeld(first)
    const frozen = (await serverOfSession(lab, session)) ?? ''
    await lab.fault('zookeeper-frozen', frozen)

    await untilTold(typed, 'step-started', ({ part }) => part === `agents/${other}/upgrade`)

    const alive = mastersOf(lab).find(node => node !== frozen) ?? ''
    expect(await untilHeld(alive)).toBe(session)
    expect(await serverOfSession(lab, session)).not.toBe(frozen)
    await lab.fault('zookeeper-frozen', frozen, 'off')
  })

  test('an agent loses its power while its script runs and gets it back: the run waits for it and goes on', async () => {
    await untilSwapping(other)
    await lab.node(other).powerCut()
    swapTakes(lab, 1, [other])
    await lab.node(other).boot()

    const finished = await untilTold(typed, 'step-finished', ({ part }) => part === `agents/${other}/upgrade`)

    expect(finished.evidence).toContain(`${other} runs 2.2.1; its script was cut off`)
  })

  test('it runs to its end, and every script ran once', async () => {
    const ended = await typed.ended
    const nodes = [...mastersOf(lab), ...agentsOf(lab)]

    expect(ended.exit, ended.stderr).toBe(0)
    expect(await executionsOfAll(lab, nodes)).toEqual(Object.fromEntries(nodes.map(node => [node, 1])))
    expect(await Promise.all(nodes.map(node => versionOn(lab, node)))).toEqual(nodes.map(() => '2.2.1'))
  })
})
