// Backups of a cluster that is being written to, into S3 and into a directory: complete, true, and readable without dcosctl.
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Manifest, parseManifest } from '../../src/store/manifest.ts'
import { inspect } from '../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../src/zookeeper/files/open-files.ts'
import { znodeLines } from '../../src/zookeeper/files/print-tree.ts'
import { must } from '../lab/command.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { repository } from '../lab/paths.ts'
import { key, levelView } from '../mesos/replicated-log/mesos-writer.ts'
import { onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'
import { startZookeeperOn } from './scratch-zookeeper.ts'
import { at, rateBetween, type Writing, writeToZookeeper } from './writing-to-zookeeper.ts'

const why = labUnavailable()
const name = (what: string) => (why ? `${what} (not here: ${why})` : what)
const noAge = existsSync('/usr/bin/age') ? undefined : 'no /usr/bin/age (apt-get install age)'

const kinds = ['S3', 'a directory'] as const
type Kind = (typeof kinds)[number]

interface Taken {
  readonly ended: { readonly exit: number; readonly stdout: string; readonly stderr: string }
  readonly backup: string
  /** A downloaded copy. */
  readonly folder: string
  readonly manifest: Manifest
}

describe.skipIf(why !== undefined)(name('backups under 500 writes a second'), () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let writing: Writing
  const taken = new Map<Kind, Taken>()

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-backup-'))
    await mkdir(join(root, 'store'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1 })
    operator = operatorOf(lab)
    await untilWell(operator)
    writing = await writeToZookeeper(lab, 'm1', 500)
    for (const kind of kinds) taken.set(kind, await take(kind))
    await writing.stop()
  })

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  const useStore = (kind: Kind) =>
    operator.writeFile(kind === 'S3' ? {} : { store: { directory: join(root, 'store') } })

  async function take(kind: Kind): Promise<Taken> {
    useStore(kind)
    const ended = await operator.dcosctl(['backup'])
    const listed = await operator.dcosctl(['backup', 'list', '--json'])
    const { whole } = z.object({ whole: z.array(z.object({ backup: z.string() })) }).parse(JSON.parse(listed.stdout))
    const backup = whole.at(-1)?.backup ?? 'none'
    const folder = await copyOf(kind, backup)
    return { ended, backup, folder, manifest: parseManifest(await readFile(join(folder, 'manifest.json'))) }
  }

  async function copyOf(kind: Kind, backup: string): Promise<string> {
    const folder = join(root, `copy in ${kind}`, backup)
    const { s3, clusterName } = lab.description
    if (kind === 'a directory') await cp(join(root, 'store', clusterName, backup), folder, { recursive: true })
    else if (s3) {
      const program = join(repository, 'test/end-to-end/download-backup.ts')
      const env = { ...process.env, AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey }
      const argv = [process.execPath, program, s3.endpoint, s3.bucket, `${clusterName}/${backup}/`, folder]
      expect(await lab.exec(argv, { env })).toMatchObject({ exit: 0, stderr: '' })
    }
    return folder
  }

  function takenInto(kind: Kind): Taken {
    const found = taken.get(kind)
    if (!found) throw new Error(`no backup was taken into ${kind}`)
    return found
  }
  const objectOf = (kind: Kind, part: string): string => {
    const { manifest, folder } = takenInto(kind)
    const found = manifest.objects.find(object => object.name.includes(part))
    if (!found) throw new Error(`${part} is not in the backup`)
    return join(folder, found.name)
  }
  const contentOf = (kind: Kind, part: string) =>
    takenInto(kind).manifest.objects.find(object => object.name.includes(part))?.content
  /** As an operator would who has nothing but his tools. */
  const sh = (script: string, ...args: readonly string[]) =>
    must(['bash', '-euo', 'pipefail', '-c', script, 'sh', ...args], { seconds: 60 })

  test.for(kinds)('taken into %s without a terminal it says nothing at all', kind => {
    expect(takenInto(kind).ended).toEqual({ exit: 0, stdout: '', stderr: '' })
  })

  test.for(kinds)(
    'at least 400 writes a second were acknowledged while it was taken into %s, and none failed',
    kind => {
      const { started, finished } = takenInto(kind).manifest
      expect(rateBetween(writing.notes(), Date.parse(started), Date.parse(finished))).toBeGreaterThan(400)
      expect(writing.notes().at(-1)).toMatchObject({ failed: 0 })
    },
  )

  test.for(kinds)('`backup verify` finds it well in %s', async kind => {
    useStore(kind)
    const { backup, manifest } = takenInto(kind)
    for (const level of ['stored', 'decoded']) {
      const verified = await operator.dcosctl(['backup', 'verify', backup, '--level', level, '--json'])
      expect(verified).toMatchObject({ exit: 0, stderr: '' })
      expect(JSON.parse(verified.stdout)).toMatchObject({
        well: true,
        reached: level,
        objects: manifest.objects.length,
        findings: [],
      })
    }
  })

  test.for(kinds)('`sha256sum -c` passes in a folder copied from %s', async kind => {
    const said = await sh('cd "$1" && sha256sum -c SHA256SUMS', takenInto(kind).folder)
    expect(said.trim().split('\n').toSorted()).toEqual(
      takenInto(kind).manifest.objects.map(({ name }) => `${name}: OK`),
    )
  })

  test.for(kinds)('every object copied from %s opens with zstd, and with tar, as SQL or as JSON', async kind => {
    const { folder, manifest } = takenInto(kind)
    for (const { name, plainBytes } of manifest.objects) {
      const path = join(folder, name)
      if (name.endsWith('.tar.zst')) expect(await sh('zstd -dc "$1" | tar -tf -', path)).toContain('./')
      else if (name.endsWith('.tar.gz.zst')) expect(await sh('zstd -dc "$1" | tar -tzf -', path)).toContain('snapshot')
      else if (name.endsWith('.sql.zst')) expect(await sh('zstd -dc "$1"', path)).toContain('CREATE TABLE')
      else expect(JSON.parse(await sh('zstd -dc "$1"', path))).toBeTypeOf('object')
      expect(Number(await sh('zstd -dc "$1" | wc -c', path))).toBe(plainBytes)
    }
  })

  test.for(kinds)(
    'both replicated logs copied into %s open in a real LevelDB, with what the manifest says',
    async kind => {
      const into = join(root, `logs in ${kind}`)
      await sh('mkdir "$2" && zstd -dc "$1" | tar -xf - -C "$2"', objectOf(kind, 'replicated-log/'), into)
      const { logs } = logsContent.parse(contentOf(kind, 'replicated-log/'))
      expect(Object.keys(logs).toSorted()).toEqual(['overlay_replicated_log', 'replicated_log'])
      for (const [log, { begin, end, status }] of Object.entries(logs)) {
        const positions = [...(await levelView(join(into, log))).keys()].filter(each => each !== key(-1))
        expect(status).toBe('VOTING')
        expect(positions.at(-1)).toBe(key(end))
        expect(positions.filter(each => each >= key(begin))).toHaveLength(end - begin + 1)
      }
    },
  )

  test.for(kinds)('what was acknowledged before the backup into %s began is in it', async kind => {
    const { tree } = await inspected(kind)
    const { acknowledged } = at(writing.notes(), Date.parse(takenInto(kind).manifest.started))
    const lastRound = Math.floor((acknowledged - 1) / 4)
    const lost = Array.from({ length: lastRound + 1 }, (_, n) => `/written/n${n}`).filter(
      path => !tree.znodes.has(path),
    )
    expect(lastRound).toBeGreaterThan(200)
    expect(lost).toEqual([])
  })

  test.for(kinds)(
    'a real ZooKeeper server started on the files from %s holds exactly the claimed znodes',
    async kind => {
      const { exactAt } = zookeeperContent.parse(contentOf(kind, 'zookeeper/'))
      const unpacked = join(lab.node('a1').disk, 'var/lib/scratch', kind === 'S3' ? 's3' : 'directory')
      await sh('mkdir -p "$2" && zstd -dc "$1" | tar -xf - -C "$2"', objectOf(kind, 'zookeeper/'), unpacked)
      const { tree, rules, zxid } = await inspected(kind)

      const server = await startZookeeperOn(
        lab,
        'a1',
        `/var/lib/scratch/${kind === 'S3' ? 's3' : 'directory'}/zookeeper`,
      )
      const real = await server.znodes()
      await server.stop()

      expect(`0x${zxid.toString(16)}`).toBe(exactAt)
      expect(server.zxid).toBe(exactAt)
      const claimed = [...znodeLines(tree, rules)].map(line => znodeLine.parse(JSON.parse(line)))
      // A member of an ensemble that starts alone writes its own configuration there; sessions end, and their znodes with them.
      const lasting = ({ path, ephemeralOwner }: Znode) => !path.startsWith('/zookeeper') && ephemeralOwner === '0x0'
      const byPath = (a: Znode, b: Znode) => (a.path < b.path ? -1 : 1)
      expect(real.filter(lasting).toSorted(byPath)).toEqual(claimed.filter(lasting).toSorted(byPath))
      expect(claimed.filter(lasting).length).toBeGreaterThan(500)
    },
  )

  test.for(kinds)('`backup list`, `show` and their JSON tell of the backup in %s', async kind => {
    useStore(kind)
    const { backup, manifest } = takenInto(kind)
    const list = await operator.dcosctl(['backup', 'list'])
    const show = await operator.dcosctl(['backup', 'show'])
    const json = await operator.dcosctl(['backup', 'show', backup, '--json'])

    expect(list.stdout).toContain(backup)
    expect(list.stdout.replaceAll(/\s+/g, ' ')).toMatch(/(stored|decoded) 20\d\d-\d\d-\d\d, not encrypted/)
    expect(show.stdout).toContain(`Backup ${backup} of ${lab.description.clusterName}`)
    for (const object of manifest.objects) expect(show.stdout).toContain(object.name)
    expect(JSON.parse(json.stdout)).toEqual({ ...manifest, verified: expect.objectContaining({ failed: null }) })
    expect([list.stderr, show.stderr, json.stderr]).toEqual(['', '', ''])
  })

  test('`backup --json` answers with JSON alone', async () => {
    useStore('a directory')
    const { exit, stdout, stderr } = await operator.dcosctl(['backup', '--json'])

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ status: 'finished', run: expect.stringMatching(/^20\d\d-/) })
  })

  test.skipIf(noAge !== undefined)(
    noAge
      ? `encrypted objects open with the program age (not here: ${noAge})`
      : 'encrypted objects open with the program age',
    async () => {
      const identity = await generateIdentity()
      const store = join(root, 'encrypted')
      await mkdir(store)
      await writeFile(join(root, 'identity'), `${identity}\n`, { mode: 0o600 })
      operator.writeFile({ store: { directory: store }, encryption: [await identityToRecipient(identity)] })
      expect(await operator.dcosctl(['backup'])).toEqual({ exit: 0, stdout: '', stderr: '' })
      expect(await operator.dcosctl(['backup', 'verify', '--level', 'stored'])).toMatchObject({ exit: 0 })
      const [backup = ''] = await readdir(join(store, lab.description.clusterName))
      const folder = join(store, lab.description.clusterName, backup)
      const { encryption, objects } = parseManifest(await readFile(join(folder, 'manifest.json')))

      expect(encryption).toBe('age')
      for (const { name, plainBytes } of objects) {
        const path = join(folder, name)
        expect(name).toMatch(/\.zst\.age$/)
        const opened = 'age -d -i "$2" "$1" | zstd -dc | wc -c'
        expect(Number(await sh(opened, path, join(root, 'identity')))).toBe(plainBytes)
      }
    },
  )

  test('nothing of a backup stays on the masters', async () => {
    for (const node of ['m1', 'm2', 'm3']) {
      const left = await onNode(
        lab,
        node,
        "find / -xdev -name '*dcosctl*' -not -path '/proc/*' -not -path '/opt/lab/*' -not -path /var/lib/dcosctl; ls -A /var/lib/dcosctl 2>/dev/null || :",
      )
      expect(left).toBe('')
    }
  })

  async function inspected(kind: Kind) {
    const { fuzzEnd } = zookeeperContent.parse(contentOf(kind, 'zookeeper/'))
    const found = await inspect(await openFiles(objectOf(kind, 'zookeeper/')), { fuzzEnd: BigInt(fuzzEnd) })
    if (found.claim !== 'exact') throw new Error(`the archive is not exact: ${JSON.stringify(found.notes)}`)
    return found
  }
})

const zookeeperContent = z.object({ exactAt: z.string(), fuzzEnd: z.string() })
const logsContent = z.object({
  logs: z.record(z.string(), z.object({ status: z.string(), begin: z.number(), end: z.number() })),
})
const znodeLine = z
  .object({
    path: z.string(),
    dataBase64: z.string().nullable(),
    stat: z.object({
      czxid: z.string(),
      mzxid: z.string(),
      pzxid: z.string(),
      version: z.number(),
      aversion: z.number(),
      ephemeralOwner: z.string(),
    }),
  })
  .transform(({ path, dataBase64, stat }) => ({ path, dataBase64: dataBase64 ?? '', ...stat }))
type Znode = z.output<typeof znodeLine>
