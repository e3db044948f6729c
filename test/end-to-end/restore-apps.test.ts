// Apps and jobs given back from a backup on real hosts, told in order: each test goes on where the one before it left the cluster.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { appsNow, createJob, deleteApp, deleteJob, jobsNow, putApp, putJob } from './lab-apps.ts'
import { mastersOf, onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'
import { all, drive, untilTold } from './run-story.ts'

const why = labUnavailable({ s3: false })
const planted = 'planted-value-of-an-environment'

describe.skipIf(why !== undefined)(`apps and jobs from a backup${why ? ` (not here: ${why})` : ''}`, () => {
  let folder = ''
  let lab: Lab
  let operator: Operator
  let backup = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dcosctl-apps-'))
    mkdirSync(join(folder, 'store'))
    lab = await labUp({ dir: join(folder, 'lab'), masters: 3, agents: 2, s3: false })
    const [m1 = ''] = mastersOf(lab)
    const bootstrap = { host: lab.node(m1).address, genconf: '/srv/bootstrap/genconf' }
    operator = operatorOf(lab, { file: { store: { directory: join(folder, 'store') }, bootstrap } })
    await untilWell(operator)
    await putApp(lab, '/shop/web', { env: { PASSWORD: planted } })
  })

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    rmSync(folder, { recursive: true, force: true })
  })

  const restore = (...args: readonly string[]) =>
    operator.dcosctl(['restore', backup, ...args, '--confirm', lab.description.clusterName])
  const onMasters = (script: string) => Promise.all(mastersOf(lab).map(node => onNode(lab, node, script)))

  test('a backup holds all that the cluster has, says what it leaves out, and leaves nothing on the nodes', async () => {
    const taken = await operator.dcosctl(['backup'])
    expect(taken, taken.stderr).toMatchObject({ exit: 0 })
    backup = readdirSync(join(folder, 'store', 'lab'))[0] ?? ''

    const shown = await operator.dcosctl(['backup', 'show', '--json'])
    const { objects, absent } = z
      .object({ objects: z.array(z.object({ name: z.string() })), absent: z.array(z.object({ what: z.string() })) })
      .parse(JSON.parse(shown.stdout))
    const names = objects.map(({ name }) => name)
    expect(names.filter(name => /^(bootstrap|etcd|iam|metronome|marathon)/.test(name))).toEqual([
      ...['bootstrap/genconf.tar.zst', 'etcd/etcd.tar.gz.zst', 'iam/iam.sql.zst'],
      ...['marathon/groups.json.zst', 'marathon/info.json.zst', 'metronome/jobs.json.zst'],
    ])
    expect(names.filter(name => name.startsWith('mesos/'))).toHaveLength(9)
    expect(absent.map(({ what }) => what)).toEqual(['bootstrap genconf/serve'])
    expect((await operator.dcosctl(['backup', 'verify', backup])).exit).toBe(0)
    expect(
      (await onMasters('ls /var/lib/dcosctl; systemctl list-timers --all | grep dcosctl || true')).join(''),
    ).not.toContain('etcd')
  })

  test('what a cluster lacks is said by the plan; a dump that is there and empty fails the backup, and nothing is left', async () => {
    await onMasters('mv /opt/mesosphere/bin/dcos-etcdctl /root/')
    const planned = await operator.dcosctl(['backup', '--plan'])
    await onMasters('mv /root/dcos-etcdctl /opt/mesosphere/bin/')
    await Promise.all(mastersOf(lab).map(node => lab.fault('iam-dump-empty', node)))
    const failed = await operator.dcosctl(['backup'])
    await Promise.all(mastersOf(lab).map(node => lab.fault('iam-dump-empty', node, 'off')))

    expect(planned.stdout).toContain('not copied: etcd: this cluster has none: dcos-etcdctl is not there')
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('the dump of the IAM database is empty') })
    const left = readdirSync(join(folder, 'store', 'lab'), { recursive: true, withFileTypes: true })
    expect(
      left.filter(file => file.isFile() && !file.parentPath.includes(backup) && !file.parentPath.endsWith('/verified')),
    ).toEqual([])
  })

  test('merge creates what is missing and touches nothing else', async () => {
    await deleteApp(lab, '/shop/queue')
    await putApp(lab, '/shop/web', { cmd: 'sleep 7', instances: 2 })
    await putApp(lab, '/other/new', { cmd: 'sleep 9', cpus: 0.1, mem: 16 })

    const ended = await restore('--only', 'marathon')

    expect(ended, ended.stderr).toMatchObject({ exit: 0 })
    const apps = await appsNow(lab)
    expect([...apps.keys()].toSorted()).toEqual(['/other/new', '/shop/queue', '/shop/web'])
    expect(apps.get('/shop/web')).toMatchObject({ cmd: 'sleep 7', instances: 2 })
    expect(apps.get('/shop/queue')?.tasks).toHaveLength(1)
  })

  test('mirror of one group sets what differs there, and leaves other groups alone; no value of an environment is told', async () => {
    const before = await appsNow(lab)
    const planned = await operator.dcosctl(['restore', backup, '--only', 'marathon:/shop', '--how', 'mirror', '--plan'])
    const ended = await restore('--only', 'marathon:/shop', '--how', 'mirror')

    expect(planned.stdout).toContain('Set: /shop/web: cmd, instances 2 to 3; its 2 tasks are replaced.')
    expect(ended, ended.stderr).toMatchObject({ exit: 0 })
    const apps = await appsNow(lab)
    expect(apps.get('/shop/web')).toMatchObject({ cmd: 'sleep 1000000', instances: 3, env: { PASSWORD: planted } })
    const old = new Set(before.get('/shop/web')?.tasks.map(({ id }) => id))
    expect(apps.get('/shop/web')?.tasks.filter(({ id }) => old.has(id))).toEqual([])
    expect(apps.has('/other/new')).toBe(true)
    const runs = join(operator.stateHome, 'dcosctl', 'lab', 'runs')
    const journals = operator.runs().map(run => readFileSync(join(runs, run, 'journal.jsonl'), 'utf8'))
    expect([planned.stdout, ended.stdout, ended.stderr, ...journals].join('')).not.toContain(planted)
  })

  test('killed in the middle of a deployment, a resume follows it, begins no second one, and removes what is left to remove', async () => {
    await putApp(lab, '/shop/web', { cmd: 'sleep 7' })
    await onMasters('echo 8 >/var/lib/lab/settings/deployment-seconds')
    const typed = drive(operator, ['restore', backup, '--only', 'marathon', '--how', 'mirror', '--confirm', 'lab'])
    await untilTold(typed, 'step-started', ({ part }) => part === 'apps/shop/web')
    await expect.poll(async () => (await appsNow(lab)).get('/shop/web')?.cmd, { timeout: 20_000 }).toBe('sleep 1000000')
    typed.kill('SIGKILL')
    await typed.ended
    const version = (await appsNow(lab)).get('/shop/web')?.version

    await onMasters('echo 1 >/var/lib/lab/settings/deployment-seconds')
    const resumed = await operator.dcosctl(['run', 'resume'])

    expect(resumed, resumed.stderr).toMatchObject({ exit: 0 })
    const apps = await appsNow(lab)
    expect(apps.get('/shop/web')?.version).toBe(version)
    expect([...apps.keys()].toSorted()).toEqual(['/shop/queue', '/shop/web'])
    const finished = all(await operator.journalOf(), 'step-finished').map(({ part }) => part)
    expect(finished).toEqual(['apps/shop/web', 'surplus/other/new'])
  })

  test('jobs come back with their schedules; a job that somebody made since goes with mirror', async () => {
    const before = await jobsNow(lab)
    await deleteJob(lab, 'nightly.report')
    await putJob(lab, 'clean-up', { run: { cmd: 'clean --nothing', cpus: 0.1, mem: 32 } })
    await createJob(lab, { id: 'new', run: { cmd: 'new', cpus: 0.1, mem: 32 } })

    const ended = await restore('--only', 'metronome', '--how', 'mirror')

    expect(ended, ended.stderr).toMatchObject({ exit: 0 })
    expect(await jobsNow(lab)).toEqual(before)
  })
})
