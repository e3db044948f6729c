// A subtree restored through a real ZooKeeper server holds what the backup says: data, null and empty, ACLs, the next sequence number.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isNothing } from '../../../src/zookeeper/subtree/compare.ts'
import { compare } from '../../../src/zookeeper/subtree/restore.ts'
import { ensembleUnavailable } from '../ensemble.ts'
import {
  create,
  digestOf,
  held,
  open,
  overwrite,
  realServer,
  restored,
  trees,
  user,
  wantedOf,
  znode,
} from './real-tree.ts'

const name = ensembleUnavailable ? `restoring (not here: ${ensembleUnavailable})` : ''
const runs = test.skipIf(ensembleUnavailable !== undefined)
const server = ensembleUnavailable ? undefined : realServer()
const pipeTo = async (auth?: typeof user) => {
  if (!server) throw new Error('no server')
  return server.pipe(auth)
}

let tries = 0
const freshTop = () => `/top${tries++}`

runs(
  `${name}any tree restored into nothing is held as it was, and another restore has nothing to do`,
  async () => {
    const pipe = await pipeTo(user)
    const mine = { perms: 31, scheme: 'digest', id: digestOf('operator:secret') }
    const acls = [open, [mine], [mine, { perms: 1, scheme: 'world', id: 'anyone' }], [{ ...mine, perms: 17 }]]

    await fc.assert(
      fc.asyncProperty(
        fc.constant(undefined).chain(() => trees(freshTop(), acls)),
        async znodes => {
          const top = znodes[0]?.path ?? ''
          const wanted = wantedOf(znodes, top)

          await restored(pipe, wanted, overwrite, true)

          const expected = znodes.map(({ path, data, acl, created }) => [
            path,
            { data: data && data.toString('base64'), acl, next: created },
          ])
          const sorted = (entries: Iterable<readonly unknown[]>) =>
            [...entries].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
          expect(sorted(await held(pipe, top))).toEqual(sorted(expected as (readonly unknown[])[]))
          expect(isNothing((await compare(pipe, wanted, overwrite)).difference)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  },
  120_000,
)
