// What differs between two states: exactly what was changed, so that the differences applied to one give the other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffStates, type StateToCompare, type ZnodeDifference } from '../../../src/zookeeper/files/diff-states.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { writtenOver } from './run-hot-copy.ts'
import { snapshotFile, type WrittenZnode } from './write-files.ts'

/** Data by path, below the root; parents are made where they are missing. */
type Content = Readonly<Record<string, string>>

const znode = (path: string, data: string): WrittenZnode => ({
  ...{ path, data: Buffer.from(data), aclId: data.startsWith('acl') ? 1n : -1n },
  ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 1000, mtime: 1000 },
  ...{ version: 0, cversion: 0, aversion: 0, ephemeralOwner: data === 'ephemeral' ? 0xf000000000000001n : 0n },
})

const whole = (content: Content): ReadonlyMap<string, string> => {
  const all = new Map([['', '']])
  for (const path of Object.keys(content).toSorted()) {
    const parts = path.split('/').slice(1)
    for (const at of parts.keys()) {
      const above = `/${parts.slice(0, at + 1).join('/')}`
      if (!all.has(above)) all.set(above, content[above] ?? 'made')
    }
  }
  return all
}

async function stateOf(content: Content): Promise<StateToCompare> {
  const znodes = [...whole(content)].map(([path, data]) => znode(path, data))
  const acls = [[1n, [{ perms: 1, scheme: 'world', id: 'anyone' }]]] as const
  const file = snapshotFile({ sessions: [], acls, znodes, digest: { zxid: 5n, tree: 0n } })
  const found = await inspectLarge({ names: ['snapshot.5'], open: () => writtenOver(file) }, { rules: '3.4' })
  if (found.claim === 'none') throw new Error(found.reason)
  return found
}

async function differences(before: Content, after: Content): Promise<readonly ZnodeDifference[]> {
  const found: ZnodeDifference[] = []
  for await (const one of diffStates(await stateOf(before), await stateOf(after))) found.push(one)
  return found
}

const said = (found: readonly ZnodeDifference[]) =>
  found.filter(({ change }) => change !== 'stat').map(({ change, path }) => `${change} ${path}`)

test('a state does not differ from itself', async () => {
  const content = { '/a': 'x', '/a/b': 'acl', '/é': '', '/z/y': 'ephemeral' }
  expect(await differences(content, content)).toEqual([])
})

test('what was created, deleted, set or given another ACL is named, in the order of paths', async () => {
  const found = await differences(
    { '/a': 'x', '/a/gone': '1', '/b': 'same', '/c': 'acl', '/e': 'x' },
    { '/a': 'y', '/b': 'same', '/b/new': '2', '/c': 'acl, and data', '/e': 'ephemeral' },
  )

  expect(said(found)).toEqual(['data /a', 'deleted /a/gone', 'created /b/new', 'data /c', 'data /e'])
  expect(found.filter(({ ephemeral }) => ephemeral).map(({ path }) => path)).toEqual(['/e'])
  expect(found.filter(({ change }) => change === 'stat').map(({ path }) => path)).toEqual(['/b'])
})

const paths = fc
  .array(fc.constantFrom('a', 'b', 'a-b', 'é', 'z'), { minLength: 1, maxLength: 3 })
  .map(names => `/${names.join('/')}`)
const contents = fc.dictionary(paths, fc.constantFrom('', 'x', 'y', 'acl', 'acl2'), { maxKeys: 12 })

test('the differences applied to one state give the other', async () => {
  await fc.assert(
    fc.asyncProperty(contents, contents, async (before, after) => {
      const [olds, news] = [whole(before), whole(after)]
      const found = await differences(before, after)
      const applied = new Map(olds)
      for (const { path, change } of found) {
        const key = path === '/' ? '' : path
        if (change === 'deleted') applied.delete(key)
        else applied.set(key, news.get(key) ?? 'not there')
      }

      expect(new Map([...applied].sort())).toEqual(new Map([...news].sort()))
      const same = [...olds].filter(([key, data]) => news.get(key) === data).map(([key]) => key || '/')
      expect(found.filter(({ path, change }) => same.includes(path) && change !== 'stat')).toEqual([])
    }),
    { numRuns: 60 },
  )
})
