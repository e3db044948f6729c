// What `backup verify` says of a backup beyond its bytes, and what `backup diff` says of a cluster that went on: on a lab's real ZooKeeper.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { directoryStore } from '../../src/store/directory.ts'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { expectNoStackTrace } from './ending.ts'
import { forge } from './forged-backup.ts'
import { onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable({ s3: false })
const name = 'verifying and comparing backups'
const unwell = 3

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let backup = ''
  const store = () => join(root, 'store')
  const inScratch = () => readdir(join(root, 'scratch'))

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-verify-'))
    for (const folder of ['store', 'encrypted', 'scratch']) await mkdir(join(root, folder))
    lab = await labUp({ dir: join(root, 'lab'), masters: 1, agents: 1, s3: false })
    operator = operatorOf(lab, {
      file: { store: { directory: store() } },
      env: { TMPDIR: join(root, 'scratch') },
    })
    await untilWell(operator)
    await znodes('create /kept one create /kept/below two create /gone three create /other four')
    expect(await operator.dcosctl(['backup'])).toEqual({ exit: 0, stdout: '', stderr: '' })
    backup = (await readdir(join(store(), 'lab')))[0] ?? ''
  })
  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  const znodes = (changes: string) =>
    onNode(
      lab,
      'm1',
      `/opt/lab/bin/node /opt/lab/repo/test/end-to-end/change-znodes.ts ${lab.node('m1').address} ${changes}`,
    )

  const recorded = async (of = backup) =>
    readFile(join(store(), 'lab', 'verified', `${of}.json`), 'utf8').then(JSON.parse)

  test('an encrypted backup is opened with its identity, and only with it; the list tells that it was', async () => {
    const identity = await generateIdentity()
    await writeFile(join(root, 'key'), `# made for a test\n${identity}\n`)
    operator.writeFile({
      store: { directory: join(root, 'encrypted') },
      encryption: [await identityToRecipient(identity)],
    })
    expect(await operator.dcosctl(['backup'])).toMatchObject({ exit: 0 })

    const closed = await operator.dcosctl(['backup', 'verify', '--open'])
    const opened = await operator.dcosctl(['backup', 'verify', '--open', '--identity', join(root, 'key')])
    const list = await operator.dcosctl(['backup', 'list'])

    operator.writeFile({ store: { directory: store() } })
    expect(closed).toMatchObject({ exit: 2, stderr: expect.stringContaining('--identity FILE') })
    expect(opened).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringMatching(/is well: .*, opened\.\nZooKeeper: \d+ znodes/),
    })
    expect(list.stdout).toMatch(/opened \d{4}-/)
    expect(await inScratch()).toEqual([])
  })

  test('a scratch ZooKeeper serves every znode as it was decoded, here and on a master, and leaves nothing behind', async () => {
    const here = await operator.dcosctl(['backup', 'verify', '--drill', '--json'])
    const there = await operator.dcosctl(['backup', 'verify', '--drill-on', 'm1', '--json'])

    for (const { exit, stdout, stderr } of [here, there]) {
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
      const { drilled, zookeeper } = drill.parse(JSON.parse(stdout))
      expect(drilled).toEqual({ znodes: zookeeper.znodes, differing: 0, version: '3.8.0', zxid: zookeeper.zxid })
      expect(zookeeper.znodes).toBeGreaterThan(30)
    }
    expect(await recorded()).toMatchObject({ reached: { drilled: expect.any(String) }, failed: null })
    expect(await inScratch()).toEqual([])
    expect(await leftOn('m1')).toBe('')
  })

  test('a drill that is killed takes its server and its files with it: here at once, on a master by the timer there', async () => {
    const here = operator.start(['backup', 'verify', '--drill'])
    await until(
      'a scratch server writes its log',
      60,
      async () => (await filesIn(join(root, 'scratch'))).includes('server.log'),
      20,
    )
    here.kill('SIGKILL')
    await here.ended
    await until('its folder is gone', 30, async () => (await inScratch()).length === 0)

    const there = operator.start(['backup', 'verify', '--drill-on', 'm1'])
    const units = () =>
      onNode(lab, 'm1', "systemctl list-units --plain --no-legend 'dcosctl-drill-*.service' | cut -d' ' -f1")
    await until('a scratch server runs on m1', 60, async () => (await units()) !== '')
    there.kill('SIGKILL')
    await there.ended
    const timer = (
      await onNode(
        lab,
        'm1',
        "systemctl list-timers --no-legend 'dcosctl-verify-*' | grep -o 'dcosctl-verify-[^ ]*timer'",
      )
    ).trim()
    await onNode(lab, 'm1', `systemctl start ${timer.replace(/timer$/, 'service')}`)
    await until('nothing is left on m1', 30, async () => (await leftOn('m1')) === '')
  })

  test('a transaction that ZooKeeper never logged decodes, and is found once the backup is opened', async () => {
    const as = '2026-01-01T000000Z-f0f0'
    await forge(directoryStore(store()), 'lab', backup, { as, from: '/gone', to: '/gonf' })

    const decoded = await operator.dcosctl(['backup', 'verify', as])
    const opened = await operator.dcosctl(['backup', 'verify', as, '--open'])
    const drilled = await operator.dcosctl(['backup', 'verify', as, '--drill'])
    const listed = await operator.dcosctl(['backup', 'list'])

    expect(decoded).toMatchObject({ exit: 0 })
    expect([opened.exit, drilled.exit]).toEqual([unwell, unwell])
    expect(opened.stdout.replaceAll(/\s+/g, ' ')).toContain('tree with digest')
    expect(opened.stderr).toContain('zookeeper/files.tar.zst')
    expectNoStackTrace(opened.stderr)
    expect(await recorded(as)).toMatchObject({ failed: { level: 'opened' } })
    expect(listed.stdout).toContain('NOT WELL')
    await rm(join(store(), 'lab', as), { recursive: true })
  })

  test('where nothing can be kept beside the backups it is said, and is no fault of the backup', async () => {
    await rm(join(store(), 'lab', 'verified'), { recursive: true })
    await writeFile(join(store(), 'lab', 'verified'), 'in the way')

    const warned = await operator.dcosctl(['backup', 'verify'])
    const silent = await operator.dcosctl(['backup', 'verify', '--no-record'])

    await rm(join(store(), 'lab', 'verified'))
    expect(warned).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^Warning: .* could not be kept/) })
    expect(silent).toMatchObject({ exit: 0, stderr: '' })
  })

  test('diff names exactly the znodes that were changed since', async () => {
    const quiet = await operator.dcosctl(['backup', 'diff', backup, '--exit-code'])
    await znodes('create /kept/new five set /kept six delete /gone set /other four')

    const lines = await operator.dcosctl(['backup', 'diff', backup, '--json'])
    const told = await operator.dcosctl(['backup', 'diff', backup, '--exit-code'])
    const narrowed = await operator.dcosctl(['backup', 'diff', backup, '--path', '/kept', '--exit-code'])

    expect(quiet).toMatchObject({ exit: 0 })
    expect(lines.exit).toBe(0)
    const [head, ...differences] = lines.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(head).toMatchObject({ before: { name: backup }, after: { name: 'live' }, notCompared: [] })
    const ofDcosctl = (path: string) => path.startsWith('/dcosctl')
    expect(differences.filter(({ path }) => !ofDcosctl(path)).map(({ path, change }) => `${change} ${path}`)).toEqual([
      'deleted /gone',
      'data /kept',
      'created /kept/new',
    ])
    expect([told.exit, narrowed.exit]).toEqual([unwell, unwell])
    expect(told.stdout).toContain('+ /kept/new')
    expect(told.stdout).toContain('- /gone')
    expect(narrowed.stdout).not.toContain('/gone')
    expect(await inScratch()).toEqual([])
  })

  const leftOn = (node: string) =>
    onNode(
      lab,
      node,
      `ls -d /var/tmp/dcosctl-drill.* 2>/dev/null; systemctl list-units --plain --no-legend 'dcosctl-drill-*'; pgrep -a java | grep dcosctl-drill || true`,
    )
})

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder, { recursive: true })).map(path => path.split('/').at(-1) ?? '')
  } catch {
    return [] // a folder went while it was read
  }
}

const drill = z.object({
  zookeeper: z.object({ znodes: z.number(), zxid: z.string() }),
  drilled: z.object({ znodes: z.number(), differing: z.number(), version: z.string(), zxid: z.string() }),
})
