// The restore of a subtree from a backup in a store: planned, carried out and asked about, against a real ZooKeeper server behind fake nodes.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { performers } from '../../src/actions/index.ts'
import { openSource } from '../../src/actions/restore/open-source.ts'
import { filesOf } from '../../src/actions/restore/read-subtree.ts'
import { checkers } from '../../src/checks/index.ts'
import type { RestoreOptions } from '../../src/cli/restore/options.ts'
import { planSubtree } from '../../src/cli/restore/plan-subtree.ts'
import type { DcosPlan, Subtree } from '../../src/plan/vocabulary.ts'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { once } from '../../src/store/bytes.ts'
import type { Manifest } from '../../src/store/manifest.ts'
import type { Store } from '../../src/store/store.ts'
import type { World } from '../../src/world.ts'
import { zxidAt } from '../../src/zookeeper/files/zxid-at.ts'
import { fakeWorld } from '../fake-world.ts'
import { circumstances, freshStore } from '../store/sample-backup.ts'
import { ensembleUnavailable } from '../zookeeper/ensemble.ts'
import { fixture, truth } from '../zookeeper/files/fixtures.ts'
import { create, held, realServer } from '../zookeeper/subtree/real-tree.ts'

const name = 'a subtree from a backup'
const why = ensembleUnavailable
const backup = '2026-11-20T020000Z-7f3a'
const znode = z.object({
  path: z.string(),
  dataBase64: z.string().nullable(),
  acl: z.array(z.object({ perms: z.number(), scheme: z.string(), id: z.string() })),
  stat: z.object({ ephemeralOwner: z.string() }),
  persisted: z.object({ cversion: z.number() }),
})

/** What ZooKeeper 3.4.14 itself made of its files. */
const of34 = truth('3.4.14-stopped.expected.jsonl.gz')
const znodes34 = of34.znodes.map(line => znode.parse(JSON.parse(line)))

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  const server = realServer()
  let store: Store
  let world: World
  let manifest: Manifest

  beforeAll(async () => {
    store = await freshStore()
    const fake = fakeWorld({ store })
    world = {
      ...fake.world,
      hosts: {
        host: async node => ({
          ...fake.node(node).host,
          connect: async (_port, { within }) => server.member.connect(within),
        }),
        close: async () => {},
      },
    }
    const { cluster } = world.file
    const writer = backupWriter({ store, cluster, encryption: 'none', backup, readBack: false })
    const tar = gunzipSync(readFileSync(fixture('3.4.14-stopped')))
    await writer.object('zookeeper/files.tar', once(tar), () => ({ kind: 'zookeeper-files' }))
    manifest = await writer.commit(circumstances)
    const pipe = await server.pipe()
    await create(pipe, '/dcosctl')
    await create(pipe, '/dcosctl/token', Buffer.from('1\n'))
  })

  const planned = (only: string, over: Partial<RestoreOptions> = {}): Promise<DcosPlan> =>
    planSubtree(world, manifest, {
      ...{ only: { what: 'path', path: only }, at: undefined, into: undefined, how: 'merge' },
      ...{ node: undefined, identity: undefined, accepted: [], ...over },
    })

  function subtreeOf({ stages }: DcosPlan): Subtree {
    for (const part of stages.flatMap(({ parts }) => parts))
      if (part.kind === 'step' && part.action.do === 'restore-subtree') return part.action
    throw new Error('the plan restores no subtree')
  }
  const context = (token = 1) => ({
    ...{ run: 'run-1', part: 'subtree/restore', attempt: 1, token },
    ...{ signal: new AbortController().signal, say: () => {} },
  })
  const look = (subtree: Subtree) =>
    performers['restore-subtree'].look({ do: 'restore-subtree', ...subtree }, world, context())
  const perform = (subtree: Subtree, token?: number) =>
    performers['restore-subtree'].perform({ do: 'restore-subtree', ...subtree }, world, context(token))
  const ask = (subtree: Subtree) =>
    checkers['subtree-as-backup']({ ask: 'subtree-as-backup', ...subtree }, world, context().signal)

  test('files of ZooKeeper 3.4: absent, then restored, then in place and well; data, ACLs and sequence numbers as they were', async () => {
    const subtree = subtreeOf(await planned('/', { into: '/from-3.4' }))
    expect(await look(subtree)).toBe('absent')
    expect(await ask(subtree)).toMatchObject({ well: false })

    await perform(subtree)

    expect(await look(subtree)).toBe('in-place')
    expect(await ask(subtree)).toMatchObject({ well: true })
    const restored = await held(await server.pipe(), '/from-3.4')
    const wanted = znodes34.filter(
      ({ path, stat }) =>
        stat.ephemeralOwner === '0x0' && !path.startsWith('/zookeeper') && !path.startsWith('/mesos/log_replicas/'),
    )
    const seen = wanted.filter(({ acl }) => acl.some(({ scheme, perms }) => scheme === 'world' && perms & 1))
    expect(seen.length).toBeGreaterThan(100)
    for (const { path, dataBase64, acl, persisted } of seen) {
      const found = restored.get(`/from-3.4${path === '/' ? '' : Buffer.from(path).toString('latin1')}`)
      if (found === undefined) continue // below one that only others may read
      // Who may not administer a znode is shown no digests.
      const shown = acl.map(entry => {
        const isDigest = entry.scheme === 'digest' && !acl.some(({ scheme, perms }) => scheme === 'world' && perms & 16)
        return isDigest ? { ...entry, id: `${entry.id.split(':')[0]}:x` } : entry
      })
      expect({ path, ...found }).toEqual({ path, data: dataBase64, acl: shown, next: persisted.cversion })
    }
    expect(restored.size).toBeGreaterThan(100)
  })

  test('at an earlier zxid, and at a time, which is that of the last transaction before it', async () => {
    const end = BigInt(of34.summary.zxid)
    const { source } = subtreeOf(await planned('/', { into: '/x' }))
    const files = await filesOf(await openSource(world, source))
    const { from, to } = await zxidAt(files, Number.MAX_SAFE_INTEGER)
    if (from === undefined || to === undefined) throw new Error('no transactions')

    const earlier = await planned('/', { into: '/x', at: { zxid: end - 3n } })
    const late = await planned('/', { into: '/x', at: { time: new Date(to) } })

    expect(earlier.notes[0]).toContain(`the state at 0x${(end - 3n).toString(16)}`)
    expect(subtreeOf(late).at).toBe(of34.summary.zxid)
    await expect(planned('/', { into: '/x', at: { time: new Date(from - 1) } })).rejects.toThrow('begin at')
    await expect(planned('/', { into: '/x', at: { zxid: end + 1n } })).rejects.toThrow('reach only to')
  })

  test('a driver whose token is not the one in ZooKeeper changes nothing', async () => {
    const subtree = subtreeOf(await planned('/', { into: '/not-mine' }))

    await expect(perform(subtree, 7)).rejects.toThrow('another driver has the cluster')

    expect(await held(await server.pipe(), '/not-mine')).toEqual(new Map())
  })

  test('the plan names what a service has in memory, and what to stop first', async () => {
    const { notes } = await planned('/marathon')

    expect(notes.join('\n')).toMatch(/\/marathon is Marathon's apps.*systemctl stop dcos-marathon/)
  })

  test.for([
    ['/mesos/log_replicas', {}, 'membership of Mesos'],
    ['/dcosctl', {}, "dcosctl's own"],
    ['/marathon', { into: '/zookeeper/x' }, "the ZooKeeper server's own"],
    ['/nowhere', {}, 'has no /nowhere'],
    ['/a//b', {}, 'no path of a znode'],
    ['/marathon', { into: 'relative' }, 'no path of a znode'],
  ] as const)('%s %o is refused', async ([path, over, says]) => {
    await expect(planned(path, over)).rejects.toThrow(says)
  })
})
