// A subtree restored through a real ZooKeeper server holds what the backup says: data, null and empty, ACLs, the next sequence number.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { CONTAINER_OWNER } from '../../../src/zookeeper/files/tree.ts'
import { openPipe, type Pipe } from '../../../src/zookeeper/pipeline/pipe.ts'
import { op } from '../../../src/zookeeper/pipeline/protocol.ts'
import { FencedOff } from '../../../src/zookeeper/subtree/apply.ts'
import { isNothing } from '../../../src/zookeeper/subtree/compare.ts'
import { compare, InTheWay, restore } from '../../../src/zookeeper/subtree/restore.ts'
import { temporaryAcl } from '../../../src/zookeeper/subtree/temporary-acl.ts'
import { ensembleUnavailable } from '../ensemble.ts'
import { cutAfter } from './cut-line.ts'
import {
  create,
  digestOf,
  held,
  mirror,
  open,
  overwrite,
  realServer,
  restored,
  somebody,
  trees,
  user,
  wantedOf,
  znode,
} from './real-tree.ts'

const name = 'a subtree is restored through a real server'
const why = ensembleUnavailable

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  const server = realServer()
  let tops = 0
  const freshTop = () => `/top${tops++}`
  const mine = { perms: 31, scheme: 'digest', id: digestOf('operator:secret') }
  const theirs = [{ perms: 31, scheme: 'digest', id: digestOf('somebody:else') }]

  test('any tree restored into nothing is held as it was, and another restore has nothing to do', async () => {
    const pipe = await server.pipe(user)
    const acls = [open, [mine], [mine, { perms: 1, scheme: 'world', id: 'anyone' }], [{ ...mine, perms: 17 }]]

    await fc.assert(
      fc.asyncProperty(
        fc.constant(0).chain(() => trees(freshTop(), acls)),
        async znodes => {
          const top = znodes[0]?.path ?? ''
          const wanted = wantedOf(znodes, top)

          await restored(pipe, wanted, overwrite, true)

          const expected = new Map(
            znodes.map(({ path, data, acl, created }) => [
              path,
              { data: data?.toString('base64') ?? null, acl, next: created },
            ]),
          )
          expect(await held(pipe, top)).toEqual(expected)
          expect(isNothing((await compare(pipe, wanted, overwrite)).difference)).toBe(true)
        },
      ),
      { numRuns: 15 },
    )
  }, 120_000)

  /** `/top/same`, `/top/other` (backed up with other data) and `/top/extra/deep` (not backed up) are there; `/top/gone` is not. */
  async function changedTree(pipe: Pipe) {
    const top = freshTop()
    await create(pipe, top, Buffer.from(top))
    for (const each of ['same', 'other', 'extra', 'extra/deep'])
      await create(pipe, `${top}/${each}`, Buffer.from(each === 'same' ? `${top}/same` : 'now'))
    const paths = [top, `${top}/same`, `${top}/other`, `${top}/gone`, `${top}/gone/below`]
    const wanted = wantedOf(
      paths.map(path => znode(path, { acl: path.endsWith('other') ? [...open, mine] : open })),
      top,
    )
    const shortly = async () =>
      [...(await held(pipe, top))].map(([path, { data, acl }]) => [
        path.slice(top.length),
        Buffer.from(data ?? '', 'base64').toString() === path ? 'as backed up' : 'as it was',
        acl.length,
      ])
    return { top, wanted, shortly }
  }

  test('merge makes what is missing, and touches nothing that is there', async () => {
    const pipe = await server.pipe()
    const { wanted, shortly } = await changedTree(pipe)

    expect(await restored(pipe, wanted, { how: 'merge', removesUpTo: 0n })).toMatchObject({ created: 2, set: 0 })

    expect((await shortly()).toSorted()).toEqual([
      ['', 'as backed up', 1],
      ['/extra', 'as it was', 1],
      ['/extra/deep', 'as it was', 1],
      ['/gone', 'as backed up', 1],
      ['/gone/below', 'as backed up', 1],
      ['/other', 'as it was', 1],
      ['/same', 'as backed up', 1],
    ])
  })

  test('overwrite also sets data and ACLs that differ, and leaves what the backup has not', async () => {
    const pipe = await server.pipe()
    const { wanted, shortly } = await changedTree(pipe)

    expect(await restored(pipe, wanted, overwrite)).toMatchObject({ created: 2, set: 1, acls: 1, removed: 0 })

    expect((await shortly()).toSorted().filter(([path]) => path === '/other' || path === '/extra')).toEqual([
      ['/extra', 'as it was', 1],
      ['/other', 'as backed up', 2],
    ])
  })

  test('mirror also removes what the backup has not, children first', async () => {
    const pipe = await server.pipe()
    const { top, wanted } = await changedTree(pipe)

    expect(await restored(pipe, wanted, mirror)).toMatchObject({ removed: 2 })

    expect([...(await held(pipe, top)).keys()].toSorted()).toEqual(
      ['', '/gone', '/gone/below', '/other', '/same'].map(path => top + path),
    )
  })

  test('mirror leaves what was created after the plan, ephemerals of living sessions, and what they stand under', async () => {
    const pipe = await server.pipe()
    const { top, wanted } = await changedTree(pipe)
    const { upTo } = await compare(pipe, wanted, mirror)
    await create(pipe, `${top}/extra/later`)
    await create(pipe, `${top}/lock`)
    await create(pipe, `${top}/lock/holder`, null, 1)

    const rule = { how: 'mirror', removesUpTo: upTo } as const
    await restored(pipe, wanted, rule)

    const { difference } = await compare(pipe, wanted, rule)
    expect(difference.stays.later).toContain(`${top}/extra/later`)
    expect(difference.removes).toEqual([])
    expect([...(await held(pipe, top)).keys()].filter(path => /extra|lock/.test(path)).toSorted()).toEqual(
      ['/extra', '/extra/later', '/lock', '/lock/holder'].map(path => top + path),
    )
  })

  test('what was ephemeral is never made, and no sequence number is given twice for it', async () => {
    const pipe = await server.pipe()
    const top = freshTop()
    const wanted = wantedOf([znode(top, { created: 7 }), znode(`${top}/n-0000000006`, { lifetime: 'ephemeral' })], top)

    await restored(pipe, wanted)

    expect([...(await held(pipe, top)).keys()]).toEqual([top])
    expect(await create(pipe, `${top}/n-`, null, 2)).toBe(`${top}/n-0000000007`)
  })

  test('big gaps in the sequence numbers of many parents are closed exactly', async () => {
    const pipe = await server.pipe()
    const top = freshTop()
    const parents = Array.from({ length: 12 }, (_, at) => znode(`${top}/p${at}`, { created: at * 70 }))

    await restored(pipe, wantedOf([znode(top, { created: 12 }), ...parents], top))

    const next = [...(await held(pipe, top))].filter(([path]) => path !== top).map(([path, each]) => [path, each.next])
    expect(Object.fromEntries(next)).toEqual(Object.fromEntries(parents.map(({ path, created }) => [path, created])))
  })

  test('it goes elsewhere, with empty znodes above where none are', async () => {
    const pipe = await server.pipe()
    const top = freshTop()
    const wanted = wantedOf([znode('/a'), znode('/a/b'), znode('/a/b/c')], '/a/b', `${top}/x/y`)

    await restored(pipe, wanted)

    const all = await held(pipe, top)
    expect([...all.keys()].toSorted()).toEqual(['', '/x', '/x/y', '/x/y/c'].map(path => top + path))
    expect(all.get(`${top}/x`)?.data).toBe('')
    expect(all.get(`${top}/x/y/c`)?.data).toBe(Buffer.from('/a/b/c').toString('base64'))
  })

  test('a container is made as one, which only the files of the server tell', async () => {
    const pipe = await server.pipe()
    const top = freshTop()

    await restored(pipe, wantedOf([znode(top, { lifetime: 'container' })], top))

    const inspection = await inspect(await openFiles(server.member.dataDir))
    const tree = inspection.claim === 'none' ? undefined : inspection.tree
    expect(tree?.znodes.get(top)?.ephemeralOwner).toBe(CONTAINER_OWNER)
  })

  test('znodes that only others may enter are made whole, below them as well, by a session without credentials', async () => {
    const pipe = await server.pipe()
    const top = freshTop()
    const paths = [top, `${top}/a`, `${top}/a/b`, `${top}/a/b/c`]
    const wanted = wantedOf(
      paths.map(path => znode(path, { acl: theirs, created: 5 })),
      top,
    )

    await restored(pipe, wanted)

    const again = await compare(pipe, wanted, overwrite)
    expect(again.difference.unseen).toEqual([top])
    expect(isNothing(again.difference)).toBe(true)
    const other = await server.pipe(somebody)
    expect([...(await held(other, top))].map(([path, { acl, next }]) => [path, acl, next]).toSorted()).toEqual(
      paths.map(path => [path, theirs, 5]),
    )
  })

  test('a temporary ACL that an earlier try left is made the right one, by merge as well', async () => {
    const pipe = await server.pipe(user)
    const top = freshTop()
    await create(pipe, top, Buffer.from(top))
    await pipe.call(op.setAcl, 'setAcl', top, to => {
      to.string(top).int(2)
      for (const { perms, scheme, id } of temporaryAcl(true)) to.int(perms).string(scheme).string(id)
      to.int(-1)
    })

    await restored(pipe, wantedOf([znode(top, { acl: [mine] })], top), { how: 'merge', removesUpTo: 0n }, true)

    expect((await held(pipe, top)).get(top)?.acl).toEqual([mine])
  })

  test('cut off behind any request, it comes to its end when it is begun again', async () => {
    const pipe = await server.pipe(user)
    const shape = (top: string) =>
      wantedOf(
        [
          ...[top, `${top}/a`, `${top}/a/b`, `${top}/c`].map(path => znode(path, { acl: [mine], created: 6 })),
          ...[1, 2, 3, 4, 5, 6].map(at => znode(`${top}/a/b/n${at}`, { acl: at % 2 ? open : [mine] })),
        ],
        top,
      )
    const options = { fence: undefined, hasCredentials: true, hasContainers: true, say: () => {} }
    const size = { parts: 4, bytes: 1000 }
    let isCut = true
    let requests = 2

    for (; isCut; requests++) {
      const top = freshTop()
      await create(pipe, top, Buffer.from('now'))
      await create(pipe, `${top}/extra`)
      const way = cutAfter(server.member, requests)
      const wanted = shape(top)
      const line = await openPipe({ dial: [way], timeoutMs: 10_000, auth: user }).catch(() => undefined)
      if (line) await restore(line, wanted, mirror, { ...options, size }).catch(() => {})
      isCut = way.isCut
      line?.drop('over')

      await restore(pipe, wanted, mirror, options)

      expect(isNothing((await compare(pipe, wanted, mirror)).difference), `cut behind request ${requests}`).toBe(true)
      const all = await held(pipe, top)
      expect(all.size).toBe(wanted.znodes.size)
      for (const { path, acl, created } of wanted.znodes.values())
        expect(all.get(path), `${path}, cut behind request ${requests}`).toMatchObject({
          acl,
          ...(created > 0 ? { next: created } : {}),
        })
    }

    expect(requests).toBeGreaterThan(20)
  }, 60_000)

  test('cut off behind any request while what is above it was missing, too, every ACL is the right one in the end', async () => {
    const pipe = await server.pipe(user)
    const options = { fence: undefined, hasCredentials: true, hasContainers: true, say: () => {} }
    let isCut = true

    for (let requests = 2; isCut; requests++) {
      const top = freshTop()
      const paths = [top, `${top}/a`, `${top}/a/b`, `${top}/a/b/c`].map(path =>
        znode(path, { acl: [mine], created: 1 }),
      )
      const wanted = wantedOf(paths, `${top}/a/b`)
      const way = cutAfter(server.member, requests)
      const line = await openPipe({ dial: [way], timeoutMs: 10_000, auth: user }).catch(() => undefined)
      if (line) await restore(line, wanted, overwrite, { ...options, size: { parts: 1, bytes: 1000 } }).catch(() => {})
      isCut = way.isCut
      line?.drop('over')

      await restore(pipe, wanted, overwrite, options)

      const acls = [...(await held(pipe, top))].map(([path, { acl }]) => [path.slice(top.length), acl])
      expect(Object.fromEntries(acls), `cut behind request ${requests}`).toEqual({
        ...{ '': [mine], '/a': [mine], '/a/b': [mine], '/a/b/c': [mine] },
      })
    }
  }, 60_000)

  test('who writes between the comparison and the change is not written over: it is compared anew', async () => {
    const pipe = await server.pipe()
    const writer = await server.pipe()
    const { top, wanted } = await changedTree(pipe)
    const said: string[] = []
    let isOvertaken = false
    const overtaking = new Proxy(pipe, {
      get(target, key) {
        const value = Reflect.get(target, key, target)
        if (key !== 'ask') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: Parameters<Pipe['ask']>) => {
          if (args[0] !== op.multi || isOvertaken) return target.ask(...args)
          isOvertaken = true
          await create(writer, `${top}/gone`, Buffer.from('by somebody else'))
          target.ask(...args)
        }
      },
    })

    const options = {
      fence: undefined,
      hasCredentials: false,
      hasContainers: true,
      say: (text: string) => said.push(text),
    }
    const done = await restore(overtaking, wanted, { how: 'merge', removesUpTo: 0n }, options)

    expect(done.tries).toBe(2)
    expect(said.join()).toContain(`${top}/gone was changed by somebody else`)
    expect(Buffer.from((await held(pipe, top)).get(`${top}/gone`)?.data ?? '', 'base64').toString()).toBe(
      'by somebody else',
    )
  })

  test('who writes faster than can be compared ends it after some tries, by name', async () => {
    const pipe = await server.pipe()
    const writer = await server.pipe()
    const top = freshTop()
    const missing = Array.from({ length: 9 }, (_, at) => `${top}/n${at}`)
    const wanted = wantedOf([znode(top), ...missing.map(path => znode(path))], top)
    await create(pipe, top)
    const left = [...missing]
    const overtaken = new Proxy(pipe, {
      get(target, key) {
        const value = Reflect.get(target, key, target)
        if (key !== 'ask') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: Parameters<Pipe['ask']>) => {
          const next = args[0] === op.multi ? left.shift() : undefined
          if (next) await create(writer, next)
          target.ask(...args)
        }
      },
    })

    const options = { fence: undefined, hasCredentials: false, hasContainers: true, say: () => {} }
    const end = restore(overtaken, wanted, { how: 'merge', removesUpTo: 0n }, options)

    await expect(end).rejects.toThrow(InTheWay)
    await expect(end).rejects.toThrow(/n4 was changed by somebody else.*5 tries/)
  })

  test('a driver that has lost the cluster changes nothing any more', async () => {
    const pipe = await server.pipe()
    const { top, wanted } = await changedTree(pipe)
    await create(pipe, `${top}-token`, Buffer.from('2'))
    const before = await held(pipe, top)

    const fence = { path: `${top}-token`, version: 1 }
    const options = { fence, hasCredentials: false, hasContainers: true, say: () => {} }
    await expect(restore(pipe, wanted, overwrite, options)).rejects.toThrow(FencedOff)

    expect(await held(pipe, top)).toEqual(before)
  })
})
