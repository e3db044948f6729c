// Twenty hot backups, one after the other, of an ensemble that is asked for 1,000 writes a second: each claim is replayed, compared with
// what the writer knows, and with a real ZooKeeper that was started from the files. Nothing is written while they are compared.
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseManifest } from '../../src/store/manifest.ts'
import { inspect } from '../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../src/zookeeper/files/open-files.ts'
import { znodeLines } from '../../src/zookeeper/files/print-tree.ts'
import { must } from '../lab/command.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { onNode } from './lab-cluster.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'
import { startZookeeperOn } from './scratch-zookeeper.ts'
import { at, rateBetween, type Writing, writeToZookeeper } from './writing-to-zookeeper.ts'

const why = labUnavailable({ s3: false })
const title = 'twenty backups under 1,000 writes a second'
/** Fewer for a first look. */
const times = Number(process.env.SOAK_TIMES ?? 20)

const content = z.object({
  exactAt: z.string(),
  fuzzEnd: z.string(),
  transactions: z.number(),
  snapshotZxid: z.string(),
})
const znode = z.object({
  path: z.string(),
  dataBase64: z.string().nullable(),
  stat: z.object({
    ...{ czxid: z.string(), mzxid: z.string(), pzxid: z.string(), ephemeralOwner: z.string() },
    ...{ version: z.number(), aversion: z.number() },
  }),
})

/** With its keys in one order, so that texts can be compared. */
const inOrder = (znode: object) => Object.fromEntries(Object.entries(znode).toSorted(([a], [b]) => (a < b ? -1 : 1)))

describe.skipIf(why !== undefined)(why ? `${title} (not here: ${why})` : title, () => {
  let root = ''
  let store = ''
  let lab: Lab
  let operator: Operator
  let writing: Writing

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-soak-'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1, s3: false })
    store = join(root, 'store', lab.description.clusterName)
    await mkdir(join(root, 'store'))
    operator = operatorOf(lab)
    operator.writeFile({ store: { directory: join(root, 'store') } })
    await untilWell(operator, 300)
    writing = await writeToZookeeper(lab, 'm1', 1000)
  }, 600_000)

  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  test.for(Array.from({ length: times }, (_, n) => n + 1))('backup %i is exactly what its manifest claims', async n => {
    await writing.goOn()
    const ended = await operator.dcosctl(['backup'], { timeout: 600 })
    await writing.pause()
    expect(ended).toEqual({ exit: 0, stdout: '', stderr: '' })
    const [backup = ''] = (await readdir(store)).toSorted().toReversed()
    const { objects, started, finished } = parseManifest(await readFile(join(store, backup, 'manifest.json')))
    const object = objects.find(({ name }) => name.startsWith('zookeeper/'))
    const claim = content.parse(object?.content)
    const archive = join(store, backup, object?.name ?? '')

    const found = await inspect(await openFiles(archive), { fuzzEnd: BigInt(claim.fuzzEnd) })
    if (found.claim !== 'exact') throw new Error(`not exact: ${JSON.stringify(found)}`)
    const unpacked = `/var/lib/scratch/n${n}`
    await must(
      ['sh', '-c', 'mkdir -p "$2" && zstd -dc "$1" | tar -xf - -C "$2"', 'sh', archive, lab.node('a1').disk + unpacked],
      { seconds: 60 },
    )
    const server = await startZookeeperOn(lab, 'a1', `${unpacked}/zookeeper`)
    const real = await server.znodes()
    await server.stop()
    await onNode(lab, 'a1', `rm -rf ${unpacked}`)

    expect(`0x${found.zxid.toString(16)}`).toBe(claim.exactAt)
    // A slow start outlasts sessions that were in the files: the server closes them by transactions of its own.
    const closed = Number(BigInt(server.zxid) - found.zxid)
    expect(closed).toBeGreaterThanOrEqual(0)
    expect(closed).toBeLessThanOrEqual(found.tree.sessions.size)
    const claimed = [...znodeLines(found.tree, found.rules)].map(line => znode.parse(JSON.parse(line)))
    const flat = claimed.map(({ path, dataBase64, stat }) => ({ path, dataBase64: dataBase64 ?? '', ...stat }))
    type Flat = (typeof flat)[number]
    // A member of an ensemble that starts alone writes its own configuration there; sessions end, and their znodes with them.
    const lasting = ({ path, ephemeralOwner }: Flat) => !path.startsWith('/zookeeper') && ephemeralOwner === '0x0'
    const sorted = (znodes: readonly Flat[]) => znodes.filter(lasting).toSorted((a, b) => (a.path < b.path ? -1 : 1))
    const parents = new Set(real.flatMap(({ path, pzxid }) => (BigInt(pzxid) > found.zxid ? [path] : [])))
    const without = (znodes: readonly Flat[]) =>
      sorted(znodes).map(znode =>
        parents.has(znode.path) ? { ...znode, pzxid: 'of a session that was closed' } : znode,
      )
    const byPath = (znodes: readonly Flat[]) =>
      new Map(without(znodes).map(znode => [znode.path, JSON.stringify(inOrder(znode))]))
    const [seen, said] = [byPath(real), byPath(flat)]
    const differing = [...new Set([...seen.keys(), ...said.keys()])].filter(path => seen.get(path) !== said.get(path))
    expect(differing.map(path => ({ path, real: seen.get(path), claimed: said.get(path) }))).toEqual([])
    expect(parents.size).toBeLessThanOrEqual(found.tree.sessions.size)
    const before = at(writing.notes(), Date.parse(started))
    const after = writing.notes().findLast(({ failed }) => failed === 0)
    const rounds = flat.flatMap(({ path }) => /^\/written\/n(\d+)$/.exec(path)?.[1] ?? []).map(Number)
    const highest = Math.max(...rounds)
    expect(rounds).toHaveLength(highest + 1) // none is missing below the last
    expect(highest).toBeGreaterThanOrEqual(Math.floor((before.acknowledged - 1) / 4))
    expect(highest).toBeLessThanOrEqual(Math.floor(((after?.acknowledged ?? 0) + 300) / 4))
    const rate = Math.round(rateBetween(writing.notes(), Date.parse(started), Date.parse(finished)))
    process.stdout.write(
      `${n}: ${claim.exactAt}, ${claim.transactions} transactions, ${flat.length} znodes, ${rate} writes/s\n`,
    )
  })

  test('no write failed meanwhile', () => {
    expect(writing.notes().at(-1)).toMatchObject({ failed: 0 })
  })
})
