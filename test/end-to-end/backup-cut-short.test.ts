// Backups that don't come to their end: killed, without their store, without a disk for the journal, beside an upgrade. Nothing half is ever visible.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { must } from '../lab/command.ts'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { expectEnding } from './ending.ts'
import { onNode } from './lab-cluster.ts'
import { clusterFileOf, type FileOfCluster, type Operator, operatorOf, untilWell } from './operator.ts'
import { drive, untilTold } from './run-story.ts'

const why = labUnavailable()
const name = 'backups that are cut short'

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let usual: FileOfCluster

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-cut-'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1 })
    operator = operatorOf(lab)
    usual = clusterFileOf(lab, root)
    await untilWell(operator)
  })
  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  /** A store that fits nothing but a few objects; taken away at the end of the test. */
  async function smallDisk(kilobytes: number): Promise<string> {
    const disk = await mkdtemp(join(root, 'disk-'))
    await must(['mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'dcosctl-test', disk], { seconds: 10 })
    onTestFinished(async () => void (await must(['umount', '-l', disk], { seconds: 10 })))
    return disk
  }
  const fill = (disk: string) =>
    must(['sh', '-c', 'dd if=/dev/zero of="$0/fill" bs=4k 2>/dev/null || true', disk], { seconds: 10 })

  async function listed() {
    const { exit, stdout } = await operator.dcosctl(['backup', 'list', '--json'])
    expect(exit).toBe(0)
    return backups.parse(JSON.parse(stdout))
  }

  test.for(['S3', 'a directory'])(
    'kill -9 while objects go into %s leaves no visible backup, and the next one works',
    async kind => {
      const directory = join(root, 'killed')
      mkdirSync(directory, { recursive: true })
      operator.writeFile(kind === 'S3' ? {} : { store: { directory } })
      const before = await listed()
      const taking = operator.start(['backup', '--progress', 'plain'])
      await until('the first object is told', 30, () => /zookeeper\/files\.tar\.zst: \d/.test(taking.output), 5)
      taking.kill('SIGKILL')
      expect((await taking.ended).exit).toBe(137)

      const after = await listed()
      expect(after.whole).toEqual(before.whole)
      expect(after.leftovers).toHaveLength(before.leftovers.length + 1)
      expect((await operator.dcosctl(['backup', 'list'])).stdout).toContain('No backup, but ')

      expect(await operator.dcosctl(['backup'])).toEqual({ exit: 0, stdout: '', stderr: '' })
      expect(await operator.dcosctl(['backup', 'verify'])).toMatchObject({ exit: 0 })
      expect((await listed()).whole).toHaveLength(before.whole.length + 1)
      expect(await operator.dcosctl(['run', 'resume'])).toMatchObject({ exit: 2 }) // there is no run to go on with
    },
  )

  test('a store that runs full in the middle: exit 4, one clear ending, nothing visible and nothing left', async () => {
    const disk = await smallDisk(40)
    operator.writeFile({ store: { directory: disk } })

    const ended = await operator.dcosctl(['backup'])

    expectEnding(ended, { exit: 4, says: ['There is no backup', 'no room left', 'Code: NO_RESULT', 'make room there'] })
    expect(await listed()).toMatchObject({ whole: [], leftovers: [] })
    expect(readdirSync(disk, { recursive: true }).filter(file => String(file).includes('.zst'))).toEqual([])
  })

  test.for([
    ['a directory that is not there', () => ({ directory: '/nowhere/at/all' }), {}, 'there is no such directory'],
    ['a bucket that is not there', () => ({ s3: { ...s3(), bucket: 'nowhere' } }), {}, 'there is no bucket nowhere'],
    [
      'a wrong secret',
      () => ({ s3: s3() }),
      { AWS_SECRET_ACCESS_KEY: 'wrong-secret' },
      'the secret is not the right one',
    ],
    ['an endpoint that is silent', () => ({ s3: { ...s3(), endpoint: 'http://10.77.0.2:9' } }), {}, 'does not answer'],
  ] as const)('%s: exit 4, told with its cure, and `backup list` is refused with 10', async ([, store, env, says]) => {
    operator.writeFile({ store: store(), patience: shortPatience })

    const [taken, list] = await Promise.all([
      operator.dcosctl(['backup'], { env }),
      operator.dcosctl(['backup', 'list'], { env }),
    ])

    expectEnding(taken, { exit: 4, says: [says, 'Nothing is left down', 'Try this:'] })
    expectEnding(list, { exit: 10, says: [says, 'Try this:'] })
    for (const { stderr } of [taken, list]) {
      expect(stderr).not.toContain('wrong-secret')
      expect(stderr).not.toContain('UnknownError')
    }
  })

  test('a directory that may only be read', async () => {
    const disk = await smallDisk(400)
    await must(['mount', '-o', 'remount,ro', disk], { seconds: 10 })
    operator.writeFile({ store: { directory: disk }, patience: shortPatience })

    expectEnding(await operator.dcosctl(['backup']), { exit: 4, says: ['not allowed (EROFS)', `findmnt -T ${disk}`] })
  })

  describe('a full disk under the journal', () => {
    test('before the start: refused, and nobody has the cluster', async () => {
      operator.writeFile({})
      const disk = await smallDisk(64)
      await fill(disk)
      for (const args of [['backup'], ['upgrade', '--confirm', 'lab']]) {
        const ended = await operator.dcosctl(args, { env: { XDG_STATE_HOME: disk } })
        expectEnding(ended, { exit: 10, says: ['ENOSPC', 'then try again'] })
      }
      expect(await claim()).toBeNull()
    })

    test('with room for all but the first record: refused, no run is left and nobody has the cluster', async () => {
      operator.writeFile({})
      const disk = await smallDisk(64)
      await fill(disk)
      await must(['truncate', '-s', `${60 * 1024}`, join(disk, 'fill')], { seconds: 10 })

      const ended = await operator.dcosctl(['upgrade', '--confirm', 'lab'], { env: { XDG_STATE_HOME: disk } })

      expectEnding(ended, { exit: 10, says: ['The journal of run', 'ENOSPC', 'Nothing was changed.', 'make room'] })
      expect(await claim()).toBeNull()
      expect(readdirSync(join(disk, 'dcosctl', 'lab', 'runs'))).toEqual([])
    })

    test('in mid-run: the run pauses, keeps the cluster, and goes on once there is room', async () => {
      const disk = await smallDisk(400)
      const env = { XDG_STATE_HOME: disk }
      operator.writeFile({ patience: shortPatience })
      await lab.fault('deployment-running', 'm1')
      await lab.fault('deployment-running', 'm2')
      await lab.fault('deployment-running', 'm3')
      const upgrading = operator.start(['upgrade', '--confirm', 'lab', '--progress', 'jsonl'], { env })
      await untilTold(upgrading, 'gate-unwell')
      await fill(disk)
      let { exit, stderr } = await upgrading.ended
      // The last page of the journal's file was there before the disk was full: it may take some records more.
      for (let tries = 0; !stderr.includes('ENOSPC') && tries < 10; tries++)
        ({ exit, stderr } = await operator.dcosctl(['run', 'resume'], { env }))

      expect(stderr).toContain('ENOSPC')
      expect(stderr).toContain('make room (or mend the disk) under the journal')
      expect(exit).toBe(21)
      expect(await claim()).toContain('paused')
      rmSync(join(disk, 'fill'))
      expect(await operator.dcosctl(['run', 'resume'], { env })).toMatchObject({ exit: 20 }) // the gate itself, told in order
      expect(await operator.dcosctl(['run', 'abandon', '--reason', 'tried'], { env })).toMatchObject({ exit: 0 })
      expect(await claim()).toBeNull()
      for (const node of ['m1', 'm2', 'm3']) await lab.fault('deployment-running', node, 'off')
    })
  })

  test('beside an upgrade: 11 and told who, 5 and silence where it was to skip; beside a paused one it is taken', async () => {
    operator.writeFile({ patience: { ...usual.patience, cluster: { within: '12s', every: '1s', steady: '0s' } } })
    for (const node of ['m1', 'm2', 'm3']) await lab.fault('deployment-running', node)
    const upgrading = drive(operator, ['upgrade', '--confirm', 'lab'])
    await untilTold(upgrading, 'gate-unwell')

    const told = await operator.dcosctl(['backup'])
    const skipped = await operator.dcosctl(['backup', '--skip-if-busy'])
    expect((await upgrading.ended).exit).toBe(20)
    const besidePaused = await operator.dcosctl(['backup', '--skip-if-busy'])

    expectEnding(told, { exit: 11, says: ['has this cluster since', 'is running', 'Code: CLAIMED'] })
    expect(skipped).toEqual({ exit: 5, stdout: '', stderr: '' })
    expect(besidePaused).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect(await operator.dcosctl(['run', 'abandon', '--reason', 'tried'])).toMatchObject({ exit: 0 })
    for (const node of ['m1', 'm2', 'm3']) await lab.fault('deployment-running', node, 'off')
  })

  test('after all of these nothing is left in staging folders of the masters', async () => {
    for (const node of ['m1', 'm2', 'm3'])
      expect(
        await onNode(lab, node, "find /var/lib/dcos /var/lib/mesos /tmp -name '*.dcosctl*' 2>/dev/null || true"),
      ).toBe('')
  })

  const shortPatience = { cluster: { within: '3s', every: '1s', steady: '0s' } }
  const s3 = () => {
    const { store } = usual
    if (!store || !('s3' in store)) throw new Error('the lab has no S3')
    return store.s3
  }
  async function claim(): Promise<string | null> {
    const { stdout } = await operator.dcosctl(['status', '--json'])
    return z.object({ claim: z.object({ value: z.string().nullable() }) }).parse(JSON.parse(stdout)).claim.value
  }
})

const backups = z.object({
  whole: z.array(z.object({ backup: z.string() })),
  leftovers: z.array(z.object({ backup: z.string() })),
})
