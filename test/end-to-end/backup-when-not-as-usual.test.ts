// Backups when things are not as usual: two who claim the masters' disks, a service stopped for its copy, dcosctl killed meanwhile, no quorum.
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Manifest, parseManifest } from '../../src/store/manifest.ts'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { repository } from '../lab/paths.ts'
import { mastersOf, onNode } from './lab-cluster.ts'
import { clusterFileOf, type Operator, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable({ s3: false })
const title = 'backups when things are not as usual'
const patience = { within: '8s', every: '1s', steady: '0s' }
const sureSoonThatThereIsNoQuorum = { cluster: patience, master: patience, agent: patience }

describe.skipIf(why !== undefined)(why ? `${title} (not here: ${why})` : title, () => {
  let root = ''
  let lab: Lab
  let operator: Operator

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-unusual-'))
    await mkdir(join(root, 'store'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1, s3: false })
    operator = operatorOf(lab)
    operator.writeFile({ store: { directory: join(root, 'store') } })
    await untilWell(operator)
  })

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  const said = z.object({ run: z.string(), token: z.number().optional(), refused: z.string().optional() })

  /** A process of its own that claims the masters' disks, and says what it came to. */
  function claimant(run: string) {
    const program = join(repository, 'test/end-to-end/disk-claimant.ts')
    const env = { ...process.env, DCOSCTL_CONFIG: operator.configPath }
    const child = lab.spawn([process.execPath, program, run], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const came = until(`${run} to come to something`, 60, async () =>
      output.endsWith('\n') ? said.parse(JSON.parse(output)) : undefined,
    )
    return {
      came,
      kill: () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGKILL'),
    }
  }

  async function newest(): Promise<Manifest> {
    const folder = join(root, 'store', lab.description.clusterName)
    const [backup = ''] = (await readdir(folder))
      .filter(name => name !== 'verified')
      .toSorted()
      .toReversed()
    return parseManifest(await readFile(join(folder, backup, 'manifest.json')))
  }
  const zookeeperOf = ({ objects }: Manifest) => objects.find(({ name }) => name.startsWith('zookeeper/'))?.content
  const isActive = async (master: string, unit: string) =>
    (await onNode(lab, master, `systemctl is-active ${unit} || true`)).trim() === 'active'

  test('of two who claim the disks of the masters at once one has the cluster; the other is told, and may take it once that one is lost', async () => {
    const racers = [claimant('racer-1'), claimant('racer-2')]
    const came = await Promise.all(racers.map(racer => racer.came))
    const winner = came.find(({ token }) => token !== undefined)?.run ?? 'none'
    const status = await operator.dcosctl(['status'])
    const upgrade = await operator.dcosctl(['upgrade', '--confirm', lab.description.clusterName])
    for (const racer of racers) racer.kill()
    for (const master of mastersOf(lab)) // as if a minute had passed since its last sign of life
      await onNode(lab, master, 'touch -d "2 minutes ago" /var/lib/dcosctl/claim/claim.json 2>/dev/null || true')
    const released = await operator.dcosctl(['run', 'abandon', winner, '--lost', '--reason', 'its laptop is gone'])

    expect(came.filter(({ token }) => token !== undefined)).toHaveLength(1)
    expect(came.find(({ refused }) => refused)?.refused).toContain(`Run ${winner} (restore) of`)
    expect(status.stdout).toContain(`restore ${winner}, running, driven by`)
    expect(upgrade).toMatchObject({ exit: 11, stderr: expect.stringContaining(`Run ${winner} (restore) of`) })
    expect(released).toMatchObject({ exit: 0 })
    expect((await operator.dcosctl(['status'])).stdout).toContain('none has the cluster')
  })

  test('a backup with a service stopped brings it back, though dcosctl is killed meanwhile, and the next one is taken', async () => {
    const masters = mastersOf(lab)
    const stopping = operator.start(['backup', '--way', 'stopped', '--progress', 'plain'])
    const down = await until('a ZooKeeper to be stopped', 60, async () => {
      const up = await Promise.all(masters.map(master => isActive(master, 'dcos-exhibitor')))
      return masters.find((_, index) => !up[index])
    })
    stopping.kill('SIGKILL')
    await stopping.ended
    await until(`ZooKeeper of ${down} to be started by its node`, 60, async () => isActive(down, 'dcos-exhibitor'))
    await untilWell(operator)

    const next = await operator.dcosctl(['backup', '--way', 'stopped'])

    expect(next).toEqual({ exit: 0, stdout: '', stderr: '' })
    const manifest = await newest()
    expect(manifest.way).toBe('stopped')
    expect(zookeeperOf(manifest)).toMatchObject({ kind: 'zookeeper-files', committed: 'yes' })
    expect(await operator.dcosctl(['backup', 'verify'])).toMatchObject({ exit: 0 })
    expect((await operator.dcosctl(['status'])).stdout).toContain('none has the cluster')
    for (const master of masters) {
      const timers = 'systemctl list-timers --all --no-legend "dcosctl-*-stopped*" | wc -l'
      expect((await onNode(lab, master, timers)).trim()).toBe('0')
    }
  })

  test('with one master down the backup is taken of the others, and the manifest says what it lacks', async () => {
    const [down = ''] = mastersOf(lab)
    await lab.fault('power-cut', down)

    const taken = await operator.dcosctl(['backup'])
    const manifest = await newest()
    const verified = await operator.dcosctl(['backup', 'verify', '--open'])
    await lab.fault('power-on', down)
    await untilWell(operator)

    expect(taken).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect(zookeeperOf(manifest)).toMatchObject({ committed: 'yes' })
    expect(manifest.absent).toContainEqual({
      what: `files of ${down}`,
      why: expect.stringContaining('cannot be reached'),
    })
    expect(manifest.objects.map(({ name }) => name)).not.toContain(`nodes/${down}.tar.zst`)
    expect(verified).toMatchObject({ exit: 0 })
  })

  test('without a quorum the disk that reaches furthest is copied, and the manifest says whether that was committed', async () => {
    for (const master of ['m1', 'm2']) await onNode(lab, master, 'systemctl stop dcos-exhibitor')

    const ssh = { ...clusterFileOf(lab, root).ssh, connectWithin: '2s' }
    operator.writeFile({ store: { directory: join(root, 'store') }, patience: sureSoonThatThereIsNoQuorum, ssh })
    const taken = await operator.dcosctl(['backup'])

    expect(taken).toEqual({ exit: 0, stdout: '', stderr: '' })
    const manifest = await newest()
    expect(zookeeperOf(manifest)).toMatchObject({ atRest: true, committed: 'yes, in the logs of 3 of 3 masters' })
    expect(manifest.absent.map(({ what }) => what)).toContain('Marathon groups and info')
    expect(await operator.dcosctl(['backup', 'verify'])).toMatchObject({ exit: 0 })
  })

  test('the last disk that can be reached is copied once a person has accepted that nobody is kept out', async () => {
    for (const master of ['m1', 'm2']) await lab.fault('power-cut', master)

    const refused = await operator.dcosctl(['backup'])
    const accepted = ['--accept', 'no-majority-lock', '--reason', 'm1 and m2 burnt down']
    const taken = await operator.dcosctl(['backup', ...accepted])

    expect(refused).toMatchObject({ exit: 10, stderr: expect.stringContaining('1 of 3 masters can be reached') })
    expect(taken).toEqual({ exit: 0, stdout: '', stderr: '' })
    const committed = 'not known: in the logs of 1 of 3 masters, and 2 make a majority'
    expect(zookeeperOf(await newest())).toMatchObject({ from: 'm3', committed })
  })
})
