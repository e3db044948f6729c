// ZooKeeper is restored without dcosctl: the lines of the README are taken from it and run, by ssh, tar, zstd, jq and sha256sum alone.
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { inspect } from '../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../src/zookeeper/files/open-files.ts'
import { znodeLines } from '../../src/zookeeper/files/print-tree.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { fenced, section } from '../readme-text.ts'
import { mastersOf, onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable({ s3: false })
const [opening = '', , restoring = ''] = fenced(section('Opening a backup without dcosctl'), 'sh')

const znode = z.object({
  ...{ path: z.string(), dataBase64: z.string(), ephemeralOwner: z.string() },
  ...{ czxid: z.string(), mzxid: z.string(), pzxid: z.string(), version: z.number(), aversion: z.number() },
})
type Znode = z.output<typeof znode>
/** As `inspect` prints it. */
const znodeLine = z
  .object({
    ...{ path: z.string(), dataBase64: z.string().nullable() },
    stat: znode.omit({ path: true, dataBase64: true }),
  })
  .transform(({ path, dataBase64, stat }) => ({ path, dataBase64: dataBase64 ?? '', ...stat }))
/** Sessions end, and their znodes with them; a server writes below /zookeeper by itself; services go on writing where they keep what runs. */
const lasting = ({ path, ephemeralOwner }: Znode) => path.startsWith('/kept/') && ephemeralOwner === '0x0'

describe.skipIf(why !== undefined)(why ? `restore by hand (not here: ${why})` : 'restore by hand', () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let folder = ''

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-by-hand-'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1, s3: false })
    operator = operatorOf(lab)
    await mkdir(join(root, 'store'))
    operator.writeFile({ store: { directory: join(root, 'store') } })
    await untilWell(operator)
    await createKept('m1', 40)
    expect(await operator.dcosctl(['backup'])).toMatchObject({ exit: 0 })
    const [backup = ''] = await readdir(join(root, 'store', lab.description.clusterName))
    folder = join(root, 'copy')
    await cp(join(root, 'store', lab.description.clusterName, backup), folder, { recursive: true })
    await writeFile(join(root, 'ssh_config'), sshConfig())
    await mkdir(join(root, 'bin'))
    for (const program of ['ssh', 'scp']) {
      const path = join(root, 'bin', program)
      await writeFile(path, `#!/bin/sh\nexec /usr/bin/${program} -F ${join(root, 'ssh_config')} "$@"\n`)
      await chmod(path, 0o755)
    }
  })

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  /** As an operator's ~/.ssh/config would have it. */
  function sshConfig(): string {
    const { user, identityFile, knownHostsFile } = lab.description.ssh
    const keys = [`User ${user}`, `IdentityFile ${identityFile}`, `UserKnownHostsFile ${knownHostsFile}`]
    return ['Host *', ...keys, 'BatchMode yes', 'LogLevel ERROR', ''].join('\n')
  }

  const typed = (script: string) =>
    lab.exec(['bash', '-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` },
    })

  const createKept = (master: string, amount: number) => {
    const server = `${lab.node(master).address}:2181`
    return onNode(lab, master, `/opt/lab/bin/node /opt/lab/repo/test/end-to-end/kept-znodes.ts ${server} ${amount}`, 60)
  }

  async function znodesOn(master: string): Promise<readonly Znode[]> {
    const program = `/opt/lab/bin/node /opt/lab/repo/test/end-to-end/znodes.ts ${lab.node(master).address}:2181 /kept`
    const lines = (await onNode(lab, master, program, 60)).split('\n').slice(0, -1)
    return byPath(lines.map(line => znode.parse(JSON.parse(line))))
  }

  async function znodesOfBackup(): Promise<readonly Znode[]> {
    const found = await inspect(await openFiles(join(folder, 'zookeeper/files.tar.zst')))
    if (found.claim === 'none') throw new Error(found.reason)
    return byPath([...znodeLines(found.tree, found.rules)].map(line => znodeLine.parse(JSON.parse(line))))
  }
  const byPath = (znodes: readonly Znode[]) => znodes.filter(lasting).toSorted((a, b) => (a.path < b.path ? -1 : 1))

  test('the lines that open a backup run as they stand there, and what must be the same is', async () => {
    const { exit, stdout, stderr } = await typed(opening)

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    const digests = [...stdout.matchAll(/[0-9a-f]{64}/g)].map(([digest]) => digest)
    const [ofSums, sums, ofManifest, inManifest] = digests
    expect(ofSums).toBe(sums)
    expect(ofManifest).toBe(inManifest)
    expect(stdout).toContain('zookeeper/files.tar.zst: OK')
    expect(stdout).toMatch(/\.\/zookeeper\/snapshot\/version-2\/snapshot\.[0-9a-f]+/)
    expect(stdout).toContain('/shop/web 3')
  })

  test('after the state of the whole ensemble is lost, the lines that restore it bring the same znodes back, to those who were connected, too', async () => {
    const masters = mastersOf(lab)
    const before = await znodesOfBackup()
    for (const master of masters) await onNode(lab, master, 'systemctl stop dcos-exhibitor')
    for (const master of masters)
      await onNode(
        lab,
        master,
        'rm -rf /var/lib/dcos/exhibitor/zookeeper/snapshot/version-2 /var/lib/dcos/exhibitor/zookeeper/transactions/version-2',
      )
    for (const master of masters) await onNode(lab, master, 'systemctl start dcos-exhibitor')
    await untilWell(operator)
    const lost = await znodesOn('m1')
    const addresses = masters.map(master => lab.node(master).address).join(' ')
    const script = restoring.replace(/^masters='.*'/m, `masters='${addresses}'`)

    const { exit, stderr } = await typed(script)

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    await untilWell(operator)
    expect(lost).toEqual([])
    expect(before.length).toBeGreaterThan(30)
    for (const master of masters) expect(await znodesOn(master)).toEqual(before)
  })
})
