// One cluster whose ZooKeeper and replicated logs are restored on real hosts, told in order: each test goes on where the one before it left the cluster.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspect } from '../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../src/zookeeper/files/open-files.ts'
import { znodeLine } from '../../src/zookeeper/files/print-tree.ts'
import type { Tree } from '../../src/zookeeper/files/tree.ts'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { appsOf, mastersOf, onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'
import { all, drive, untilTold } from './run-story.ts'

const why = labUnavailable({ s3: false })

describe.skipIf(why !== undefined)(`whole restores${why ? ` (not here: ${why})` : ''}`, () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let backup = ''

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'dcosctl-restore-'))
    mkdirSync(join(root, 'store'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 2, s3: false })
    operator = operatorOf(lab, { file: { store: { directory: join(root, 'store') } } })
    await untilWell(operator)
  }, 120_000)

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    rmSync(root, { recursive: true, force: true })
  })

  const program = (file: string) => `/opt/lab/bin/node /opt/lab/repo/test/end-to-end/${file}`
  const serverOn = (node: string) => `${lab.node(node).address}:2181`
  const znode = (node: string, deed: 'create' | 'set' | 'delete' | 'get', path: string, data = '') =>
    onNode(lab, node, `${program('znode.ts')} ${serverOn(node)} ${deed} ${path} '${data}'`)

  const clientNotes = '/var/lib/lab/old-client'
  const startClient = (node: string) =>
    onNode(
      lab,
      node,
      `systemd-run --quiet --unit=lab-old-client ${program('zookeeper-old-client.ts')} ${serverOn(node)} ${clientNotes}`,
    )
  const epochsSeen = async (node: string) =>
    (await onNode(lab, node, `cat ${clientNotes}`))
      .split('\n')
      .filter(line => line !== '')
      .map(line => BigInt(line) >> 32n)

  async function takeBackup(): Promise<string> {
    const { exit, stderr } = await operator.dcosctl(['backup'])
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    return operator.runs().at(-1) ?? ''
  }

  async function treeOf(name: string): Promise<Tree> {
    const files = await openFiles(join(root, 'store', lab.description.clusterName, name, 'zookeeper/files.tar.zst'))
    const found = await inspect(files)
    if (found.claim === 'none') throw new Error(found.reason)
    return found.tree
  }

  /** What differs in data, ACL or any field of the stat among the persistent znodes of the backup, but for where the cluster itself goes on. */
  async function differences(): Promise<readonly string[]> {
    const then = await treeOf(backup)
    const now = await treeOf(await takeBackup())
    const goesOn = new Set(
      [...then.znodes, ...now.znodes].flatMap(([key, { ephemeralOwner }]) =>
        ephemeralOwner === 0n ? [] : [parentOf(key)],
      ),
    )
    return [...then.znodes]
      .filter(
        ([key, { ephemeralOwner }]) =>
          ephemeralOwner === 0n && !/^(|\/zookeeper|\/dcosctl)(\/(?:config|claim|token|reading).*)?$/.test(key),
      )
      .filter(([key, znode]) => {
        const other = now.znodes.get(key)
        if (!other) return true
        if (goesOn.has(key)) return !(znode.data ?? Buffer.alloc(0)).equals(other.data ?? Buffer.alloc(0))
        return znodeLine(key, znode, '3.6') !== znodeLine(key, other, '3.6')
      })
      .map(([key]) => key)
  }

  test('the plan tells what would be set, created and deleted, and changes nothing', { timeout: 120_000 }, async () => {
    for (const path of ['/kept', '/deleted']) await znode('m1', 'create', path, 'then')
    backup = await takeBackup()
    await znode('m1', 'set', '/kept', 'now')
    await znode('m2', 'delete', '/deleted')
    await znode('m3', 'create', '/new')

    const { exit, stdout } = await operator.dcosctl(['restore', backup, '--only', 'zookeeper', '--plan'])

    expect(exit).toBe(0)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('1 created (/deleted); 1 set (/kept); 1 deleted (/new)')
    expect(await znode('m1', 'get', '/kept')).toBe('now\n')
  })

  test('killed between swap and commit, the resumed run puts the old data back first and then restores: no difference, and clients come back by themselves', {
    timeout: 180_000,
  }, async () => {
    await startClient('m1')
    const apps = await appsOf(lab)
    const typed = drive(operator, ['restore', backup, '--only', 'zookeeper', '--confirm', 'lab'])
    await untilTold(typed, 'step-started', ({ part }) => part === 'swap/data')
    await until('the data was swapped', 20, () => typed.output.includes('swapped on'))
    typed.kill('SIGKILL')
    await typed.ended

    const { exit, stderr } = await operator.dcosctl(['run', 'resume'])

    expect({ exit, stderr: stderr.slice(-500) }).toMatchObject({ exit: 0 })
    expect(all(await operator.journalOf(), 'brought-back')).toMatchObject([{ part: 'swap/while-stopped' }])
    expect(await differences()).toEqual([])
    const [before, after] = [(await epochsSeen('m1'))[0] ?? 0n, (await epochsSeen('m1')).at(-1) ?? 0n]
    expect(after - before).toBeGreaterThan(255n)
    expect(await appsOf(lab)).toEqual(apps)
  })

  test('the replicated logs of a backup are put under all masters, agents and tasks are those of before', {
    timeout: 120_000,
  }, async () => {
    const apps = await appsOf(lab)

    const { exit, stderr } = await operator.dcosctl(['restore', backup, '--only', 'replicated-log', '--confirm', 'lab'])

    expect({ exit, stderr: stderr.slice(-500) }).toMatchObject({ exit: 0 })
    expect(await appsOf(lab)).toEqual(apps)
    for (const node of mastersOf(lab))
      expect(await onNode(lab, node, 'ls /etc/systemd/system | grep -c dcosctl || true')).toBe('0\n')
  })
})

const parentOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf('/')))
