// The image of a restore: what is written is what was proven, for our decoder and for a real ZooKeeper server that starts from it.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AclIds } from '../../../src/zookeeper/files/acl-ids.ts'
import { encodeImage, type ImageOptions, imageName, leftOut } from '../../../src/zookeeper/files/image.ts'
import { type DataFiles, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { inspectLarge, type LargeInspection } from '../../../src/zookeeper/files/large-state.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { renderPath, znodeLine } from '../../../src/zookeeper/files/print-tree.ts'
import type { Rules } from '../../../src/zookeeper/files/replay.ts'
import { shownOwner, type Tree, type Znode } from '../../../src/zookeeper/files/tree.ts'
import { encodeSnapshot } from '../../../src/zookeeper/files/write-snapshot.ts'
import { bootClock } from '../../../src/zookeeper/session/clock.ts'
import { openSession, type Session } from '../../../src/zookeeper/session/session.ts'
import { scratch } from '../../scratch.ts'
import { fixture, wholeNames } from './fixtures.ts'
import { missing, startZookeeper } from './real-zookeeper.ts'

const epoch = 0x20n
const options: ImageOptions = {
  epoch,
  own: [
    { path: '/dcosctl', data: Buffer.alloc(0), children: 1 },
    { path: '/dcosctl/claim', data: Buffer.from('whose'), children: 0 },
  ],
  now: 1_700_000_000_000,
  marks: 'containers-and-ttl',
}

const proven = async (files: DataFiles): Promise<Exclude<LargeInspection, { claim: 'none' }>> => {
  const found = await inspectLarge(files)
  if (found.claim === 'none') throw new Error(found.reason)
  return found
}

const imageOf = async (files: DataFiles, more: Partial<ImageOptions> = {}): Promise<Buffer> => {
  const { state, rules } = await proven(files)
  return buffer(encodeImage(state, rules, { ...options, ...more }))
}

const filesOf = (bytes: Buffer): DataFiles => ({
  names: [imageName(epoch)],
  async *open() {
    yield bytes
  },
})

/** A snapshot without a digest is taken for one whose end is not known; the image's end is its name. */
async function treeOf(bytes: Buffer): Promise<Tree> {
  const found = await inspect(filesOf(bytes), { fuzzEnd: epoch << 32n, rules: '3.6' })
  if (found.claim === 'none') throw new Error(`${found.reason} ${JSON.stringify(found.notes)}`)
  return found.tree
}

/** The znodes that an image keeps, each as a line, without what depends on how many ephemeral children are left out. */
const kept = ({ znodes }: Tree, rules: Rules): readonly string[] =>
  [...znodes]
    .filter(([key, { ephemeralOwner }]) => shownOwner(ephemeralOwner, rules) === 0n && !key.startsWith('/dcosctl'))
    .map(([key, znode]) => znodeLine(key, { ...znode, children: 0 }, rules))
    .sort()

describe.each(wholeNames.filter(name => /stopped|quirks|pzxid|3.8.0-hot$/.test(name)))('%s', name => {
  test('its image holds every persistent znode with data, ACL and each field of its stat', async () => {
    const files = await openFiles(fixture(name))
    const truth = await inspect(files)
    if (truth.claim === 'none') throw new Error(truth.reason)

    const tree = await treeOf(await imageOf(files))

    expect(kept(tree, truth.rules)).toEqual(kept(truth.tree, truth.rules))
    expect(tree.znodes.get('/dcosctl/claim')?.data?.toString()).toBe('whose')
    expect([...tree.sessions]).toEqual([])
  })
})

test('containers and TTL nodes become persistent for a server that does not know them, and are counted', async () => {
  const files = await openFiles(fixture('3.8.0-stopped'))
  const { state, rules } = await proven(files)
  const { containers, ttl } = await leftOut(state, rules)

  const tree = await treeOf(await imageOf(files, { marks: 'none' }))

  expect(Math.min(containers, ttl)).toBeGreaterThan(0)
  expect([...tree.znodes.values()].filter(({ ephemeralOwner }) => ephemeralOwner !== 0n)).toEqual([])
})

const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array))
const zxid = fc.bigInt({ min: 0n, max: epoch << 32n })
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const acl = fc.array(fc.record({ perms: fc.integer({ min: 0, max: 31 }), scheme: bytes, id: bytes }), { maxLength: 3 })
const znode = fc.record({
  data: fc.option(bytes),
  acl,
  czxid: zxid,
  mzxid: zxid,
  ctime: fc.integer({ min: -1, max: 2 ** 50 }),
  mtime: fc.integer({ min: 0, max: 2 ** 50 }),
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: fc.constant(0n),
  pzxid: zxid,
})

test('any znodes come back from what was written as they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(znode, { minLength: 1, maxLength: 40 }), async znodes => {
      const all = znodes.map((one, at): [string, Znode] => [at === 0 ? '' : `/n${at}`, { ...one, children: 0 }])
      const acls = new AclIds()
      for (const [, { acl }] of all) acls.idOf(acl ?? [])
      async function* batches() {
        yield all.slice(0, 1)
        yield all.slice(1)
      }

      const tree = await treeOf(await buffer(encodeSnapshot(acls, batches())))

      const bare = (entries: Iterable<[string, Znode]>) =>
        [...entries].map(([key, one]) => [key, { ...one, children: 0 }])
      expect(bare(tree.znodes)).toEqual(bare(all))
    }),
    { numRuns: 60 },
  )
})

test.skipIf(missing !== '')(
  `a real ZooKeeper 3.8 serves the image: to a client nothing differs, and names in sequence go on ${missing}`,
  { timeout: 60_000 },
  async () => {
    const root = scratch()
    const image = await imageOf(await openFiles(fixture('3.8.0-stopped')))
    mkdirSync(join(root, 'snapshot/version-2'), { recursive: true })
    writeFileSync(join(root, 'snapshot/version-2', imageName(epoch)), image)
    const { znodes } = await treeOf(image)
    // Some znodes may only be read by others.
    const server = await startZookeeper(root, ['-Dzookeeper.skipACL=yes', '-Dzookeeper.extendedTypesEnabled=true'])
    onTestFinished(() => server.stop())
    const session = await openSession({ dial: [dialOf(server.port)], timeoutMs: 10_000, clock: bootClock })
    onTestFinished(async () => {
      await session.close()
    })
    const shown = [...znodes].filter(([key]) => !key.startsWith('/zookeeper'))

    const served = await Promise.all(shown.map(([key]) => seen(session, renderPath(key))))
    const next = await session.create('/ext/next-', Buffer.alloc(0), 'persistent-sequential')

    expect(served.sort()).toEqual(shown.map(([key, znode]) => line(renderPath(key), znode)).sort())
    const { cversion = 0 } = znodes.get('/ext') ?? {}
    expect(next).toBe(`/ext/next-${String(cversion).padStart(10, '0')}`)
  },
)

const dialOf = (port: number) => ({
  name: 'zk',
  async connect() {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  },
})

/** A znode as a client is shown it, as `inspect` prints it. */
async function seen(session: Session, path: string): Promise<string> {
  const [{ data, stat }, acl] = await Promise.all([session.get(path), session.getAcl(path)])
  const { created, modified, ephemeralOwner, numChildren, dataLength: _, cversion, ...rest } = stat
  const znode: Znode = {
    ...rest,
    data,
    acl: acl.map(({ perms, scheme, id }) => ({ perms, scheme: Buffer.from(scheme), id: Buffer.from(id) })),
    ctime: created.getTime(),
    mtime: modified.getTime(),
    cversion: (cversion + numChildren) / 2,
    ephemeralOwner: BigInt(`0x${ephemeralOwner ?? '0'}`),
    children: numChildren,
  }
  return line(path, znode)
}

/** Clients are not shown which kind of persistent znode it is; this client takes null for empty. */
const line = (path: string, znode: Znode): string =>
  znodeLine(path, { ...znode, data: znode.data ?? Buffer.alloc(0), ephemeralOwner: 0n }, '3.6')
