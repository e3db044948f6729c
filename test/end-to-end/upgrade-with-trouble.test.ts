// One upgrade on real hosts that meets what a night can bring, told in order: each test goes on where the one before it left the cluster.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActionData, CheckData, Plan } from '../../src/plan/types.ts'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import {
  agentsOf,
  executions,
  executionsOfAll,
  holderSession,
  isSwapping,
  leadersOf,
  mastersOf,
  onNode,
  swapTakes,
  upgradeByHand,
  versionOn,
} from './lab-cluster.ts'
import { clusterFileOf, type Operator, operatorOf, type Typed, untilWell } from './operator.ts'
import { all, drive, laneOrder, untilTold } from './run-story.ts'

const why = labUnavailable({ s3: false })

describe.skipIf(why !== undefined)(`an upgrade that meets trouble${why ? ` (not here: ${why})` : ''}`, () => {
  let folder = ''
  let lab: Lab
  let ana: Operator
  let ben: Operator
  let typed: Typed
  /** The masters in the order of their turns, as they come. */
  let first = ''
  let second = ''
  let third = ''
  let ranByHand = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dcosctl-trouble-'))
    lab = await labUp({ dir: join(folder, 'lab'), masters: 3, agents: 1, s3: false })
    const { patience } = clusterFileOf(lab, folder)
    const master = { within: '25s', every: '1s', steady: '1s' }
    ana = operatorOf(lab, { name: 'anas-desk', file: { patience: { ...patience, master } } })
    ben = operatorOf(lab, { name: 'bens-desk' })
    await untilWell(ana)
    ranByHand = agentsOf(lab)[0] ?? ''
    swapTakes(lab, 1, [ranByHand])
    swapTakes(lab, 6, mastersOf(lab))
    await upgradeByHand(lab, ranByHand, clusterFileOf(lab, folder).upgrade?.scriptUrl ?? '')
    await untilBack(ranByHand)
  })

  afterAll(async () => {
    await ana?.close()
    await ben?.close()
    await lab?.down()
    rmSync(folder, { recursive: true, force: true })
  })

  const untilBack = (agent: string) =>
    until(`${agent} is back in Mesos`, 30, async () => {
      const { exit } = await ana.dcosctl(['check', 'agents-registered'])
      return exit === 0 && (await versionOn(lab, agent)) === '2.2.1'
    })
  const untilSwapping = (node: string) => until(`${node} swaps packages`, 30, () => isSwapping(lab, node))

  test('the Mesos leader moves while the first master is upgraded', async () => {
    const before = (await leadersOf(lab)).mesos ?? ''
    typed = drive(ana, ['upgrade', '--confirm', 'lab'])
    first = (await untilTold(typed, 'lane-started')).node
    await untilSwapping(first)

    await onNode(lab, before, 'systemctl restart dcos-mesos-master', 60)

    second = before
    third = await until('another master leads', 60, async () => {
      const { mesos } = await leadersOf(lab).catch(() => ({ mesos: undefined }))
      return mesos !== before && mesos
    })
    expect([first, second, third].toSorted()).toEqual(mastersOf(lab))
  })

  test('another operator is refused while it runs, and told who has the cluster, where and since when', async () => {
    const [run = ''] = ana.runs()

    const refused = await ben.dcosctl(['upgrade', '--confirm', 'lab'])

    expect(refused.exit, refused.stderr).toBe(11)
    expect(refused.stderr).toContain(`Run ${run} (upgrade) of root@anas-desk has this cluster since ${today()}`)
    expect(refused.stderr).toContain('is running; root@anas-desk (process')
    expect(ben.runs()).toEqual([])
  })

  test('the order adapts to who leads now, and the journal says why', async () => {
    const next = await untilTold(typed, 'lane-started', ({ node }) => node !== first)
    await lab.fault('registrar-does-not-recover', second)

    const [started] = all(await ana.journalOf(), 'run-started')
    expect(mastersInPlan(started?.plan)).toEqual([first, third, second])
    expect(next.node).toBe(second)
    expect(next.because).toMatch(new RegExp(`; ${third} leads .*Mesos`))
  })

  test('the line is cut while a master is upgraded: the step is found again and is not begun twice', async () => {
    await untilSwapping(second)
    await lab.fault('refuse-ssh', second)
    await until('dcosctl is out of touch', 20, () => typed.output.includes(`out of touch with ${second}`))
    await lab.fault('refuse-ssh', second, 'off')

    const finished = await untilTold(typed, 'step-finished', ({ part }) => part === `masters/${second}/upgrade`)

    expect(finished).toMatchObject({ found: 'absent', evidence: `${second} runs 2.2.1` })
    expect(await executions(lab, second)).toBe(1)
  })

  test('a gate that fails pauses before the next master goes down: exit 20, why, and what to type', async () => {
    const paused = await typed.ended

    expect(paused.exit, paused.stderr).toBe(20)
    expect(paused.stderr).toContain(`${second} has not recovered its registrar log`)
    expect(paused.stderr).toContain('dcosctl run resume')
    expect(laneOrder(await ana.journalOf(), 'masters')).toEqual([first, second])
    expect(await executions(lab, third)).toBe(0)
    expect(await versionOn(lab, third)).toBe('2.1.1')
  })

  test('another operator is refused while it is paused, too', async () => {
    const refused = await ben.dcosctl(['upgrade', '--confirm', 'lab'])

    expect(refused.exit, refused.stderr).toBe(11)
    expect(refused.stderr).toContain('of root@anas-desk has this cluster since')
    expect(refused.stderr).toContain('is paused; nobody drives it now')
  })

  test('once the master is mended, resume goes on and does not upgrade it again', async () => {
    await lab.fault('registrar-does-not-recover', second, 'off')

    typed = drive(ana, ['run', 'resume'])
    await untilTold(typed, 'lane-started', ({ node }) => node === third)

    expect(await executionsOfAll(lab, [first, second])).toEqual({ [first]: 1, [second]: 1 })
  })

  test('dcosctl is killed while a script runs: a resume has the claim at once, by the same session', async () => {
    await untilSwapping(third)
    const session = await until('the claim is seen', 10, () => holderSession(lab, first))
    typed.kill('SIGKILL')
    expect((await typed.ended).exit).toBe(137)

    const begun = Date.now()
    typed = drive(ana, ['run', 'resume'])
    const resumed = await untilTold(typed, 'run-resumed')

    console.info(`claim taken up ${resumed.at - begun} ms after 'run resume' was typed`)
    expect(session).toMatch(/^0x/)
    expect(await until('the claim is seen', 10, () => holderSession(lab, first))).toBe(session)
    expect(resumed.at - begun).toBeLessThan(5_000)
  })

  test('it runs to its end; no script ran twice, and the agent that was upgraded by hand is recognised', async () => {
    const ended = await typed.ended
    const records = await ana.journalOf()
    const nodes = [...mastersOf(lab), ...agentsOf(lab)]

    expect(ended.exit, ended.stderr).toBe(0)
    expect(await executionsOfAll(lab, nodes)).toEqual(Object.fromEntries(nodes.map(node => [node, 1])))
    expect(await Promise.all(nodes.map(node => versionOn(lab, node)))).toEqual(nodes.map(() => '2.2.1'))
    expect(all(records, 'step-finished').filter(({ part }) => part === `agents/${ranByHand}/upgrade`)).toMatchObject([
      { found: 'in-place' },
    ])
    for (const master of mastersOf(lab))
      expect(all(records, 'step-started').filter(({ part }) => part === `masters/${master}/upgrade`)).toHaveLength(1)
    expect(all(records, 'run-resumed')).toHaveLength(2)
  })
})

const mastersInPlan = (plan: Plan<ActionData, CheckData> | undefined): readonly string[] =>
  (plan?.stages ?? []).flatMap(({ parts }) =>
    parts.flatMap(part => (part.kind === 'rolling' && part.id === 'masters' ? part.lanes.map(({ node }) => node) : [])),
  )

const today = (): string => new Date().toISOString().slice(0, 10)
