// A subtree of ZooKeeper is lost and brought back through the CLI, over ssh, from both kinds of backup: shown first, killed on the way, gone on with, and put elsewhere.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { expectEnding } from './ending.ts'
import { onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'
import { drive, untilTold } from './run-story.ts'
import { writeToZookeeper } from './writing-to-zookeeper.ts'

const why = labUnavailable()
const name = 'a subtree of ZooKeeper is restored'
const line = z.object({ path: z.string(), dataBase64: z.string() })

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  const node = '/opt/lab/bin/node /opt/lab/repo/test/end-to-end'

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-subtree-'))
    const store = join(root, 'backups')
    await mkdir(store)
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1, s3: false })
    operator = operatorOf(lab, { file: { store: { directory: store } } })
    await untilWell(operator)
  })
  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  /** Path below `top` and data of each znode there, as m2's server has them. */
  async function held(top: string): Promise<readonly string[]> {
    const { address } = lab.node('m2')
    const out = await onNode(lab, 'm2', `${node}/znodes.ts ${address}:2181 ${top}`, 60)
    const znodes = out
      .split('\n')
      .slice(0, -1)
      .map(text => line.parse(JSON.parse(text)))
    return znodes.map(({ path, dataBase64 }) => `${path.slice(top.length)} ${dataBase64}`).toSorted()
  }
  const remove = (top: string) =>
    onNode(lab, 'm1', `${node}/remove-znodes.ts ${lab.node('m1').address} 2181 ${top}`, 60)
  const restoreOf = (backup: string, ...more: readonly string[]) => [
    'restore',
    backup,
    '--only',
    'path:/written',
    ...more,
  ]
  async function backedUp(...args: readonly string[]): Promise<string> {
    expect(await operator.dcosctl(['backup', ...args])).toEqual({ exit: 0, stdout: '', stderr: '' })
    return operator.runs().at(-1) ?? ''
  }

  test('shown, killed, resumed: it is there again, from files and from a copy through the API', async () => {
    const writing = await writeToZookeeper(lab, 'm1', 1500)
    await writing.stop()
    const before = await held('/written')
    const files = await backedUp()
    const api = await backedUp('--way', 'api')
    expect(await operator.dcosctl(['backup', 'verify', api])).toMatchObject({ exit: 0 })
    await remove('/written')

    const plan = await operator.dcosctl(restoreOf(files, '--plan'))
    expect(plan).toMatchObject({ exit: 0, stderr: '' })
    expect(plan.stdout).toContain(`/written in the backup: ${before.length} znodes, the state at 0x`)
    expect(plan.stdout).toContain(`Created: ${before.length}: /written, /written/n0`)
    expect(Math.max(...plan.stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
    await expect(held('/written')).resolves.toEqual([])

    const restoring = drive(operator, restoreOf(files, '--confirm', 'lab'))
    await untilTold(restoring, 'step-started')
    restoring.kill('SIGKILL')
    await restoring.ended
    expect(await operator.dcosctl(['run', 'resume'])).toMatchObject({ exit: 0 })
    expect(await held('/written')).toEqual(before)

    const elsewhere = await operator.dcosctl(restoreOf(api, '--into', '/copy/of/it', '--confirm', 'lab'))
    expect(elsewhere).toMatchObject({ exit: 0 })
    expect(await held('/copy/of/it')).toEqual(before)
  })

  test('what no restore may touch is refused by name, and nothing is changed', async () => {
    const [backup = ''] = operator.runs()
    const only = (what: string, ...more: readonly string[]) =>
      operator.dcosctl(['restore', backup, '--only', `path:${what}`, '--plan', ...more])

    expectEnding(await only('/mesos/log_replicas'), { exit: 10, says: ['replicated log', 'Nothing was changed'] })
    expectEnding(await only('/written', '--at', '2020-01-01T00:00:00Z'), {
      exit: 10,
      says: ['The logs in', 'begin at'],
    })
    const mesos = await only('/mesos', '--how', 'mirror')
    expect(mesos.stdout.replaceAll(/\s+/g, ' ')).toContain('Stop first who has it in memory')
  })
})
