// A real ZooKeeper server with trees that tests make and read, for what goes through the pipeline.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll } from 'vitest'
import { Secret } from '../../../src/secret.ts'
import { openPipe, type Pipe } from '../../../src/zookeeper/pipeline/pipe.ts'
import { type AclEntry, op } from '../../../src/zookeeper/pipeline/protocol.ts'
import { createdOf } from '../../../src/zookeeper/pipeline/stat.ts'
import type { Rule } from '../../../src/zookeeper/subtree/compare.ts'
import { type Restored, restore } from '../../../src/zookeeper/subtree/restore.ts'
import { type BackedUpZnode, type Wanted, WantedSoFar } from '../../../src/zookeeper/subtree/wanted.ts'
import { walk } from '../../../src/zookeeper/walk/walk.ts'
import { type Ensemble, type EnsembleMember, startEnsemble } from '../ensemble.ts'

export const open: readonly AclEntry[] = [{ perms: 31, scheme: 'world', id: 'anyone' }]
export const overwrite: Rule = { how: 'overwrite', removesUpTo: 0n }
/** Nothing is too young to go. */
export const mirror: Rule = { how: 'mirror', removesUpTo: 1n << 62n }
export const user = new Secret('operator:secret')
export const somebody = new Secret('somebody:else')

/** As DigestAuthenticationProvider.generateDigest makes it. */
export const digestOf = (who: string): string =>
  `${who.split(':')[0]}:${createHash('sha1').update(who).digest('base64')}`

/** Started before the tests of a file, stopped after them. */
export function realServer(): { readonly member: EnsembleMember; pipe(auth?: Secret): Promise<Pipe> } {
  let ensemble: Ensemble | undefined
  const pipes: Pipe[] = []
  beforeAll(async () => {
    ensemble = await startEnsemble({ members: 1, tickTime: 500 })
  }, 60_000)
  afterAll(async () => {
    for (const pipe of pipes) await pipe.close()
    await ensemble?.stop()
  })
  const found = () => {
    const member = ensemble?.members[0]
    if (!member) throw new Error('the server was not started')
    return member
  }
  return {
    get member() {
      return found()
    },
    async pipe(auth) {
      const pipe = await openPipe({ dial: [found()], timeoutMs: 10_000, ...(auth ? { auth } : {}) })
      pipes.push(pipe)
      return pipe
    },
  }
}

export const znode = (path: string, over: Partial<BackedUpZnode> = {}): BackedUpZnode => ({
  path,
  data: Buffer.from(path),
  acl: open,
  lifetime: 'persistent',
  created: 0,
  ...over,
})

export function wantedOf(znodes: readonly BackedUpZnode[], from: string, to = from): Wanted {
  const wanted = new WantedSoFar(from, to)
  for (const each of znodes) wanted.add(each)
  return wanted.result()
}

export const restored = (pipe: Pipe, wanted: Wanted, rule = overwrite, hasCredentials = false): Promise<Restored> =>
  restore(pipe, wanted, rule, { fence: undefined, hasCredentials, hasContainers: true, say: () => {} })

export interface Held {
  readonly data: string | null
  readonly acl: readonly AclEntry[]
  readonly next: number
}

/** Everything at and below a path that a restore can bring back. */
export async function held(pipe: Pipe, from: string): Promise<Map<string, Held>> {
  const all = new Map<string, Held>()
  await walk(pipe, from, {
    onZnode: ({ path, data, acl, stat }) =>
      all.set(path, { data: data?.toString('base64') ?? null, acl, next: createdOf(stat) }),
  })
  return all
}

export async function create(
  pipe: Pipe,
  path: string,
  data: Buffer | null = Buffer.from('x'),
  flags = 0,
): Promise<string> {
  const { body } = await pipe.call(op.create, 'create', path, to => {
    to.string(path).buffer(data).int(1).int(31).string('world').string('anyone').int(flags)
  })
  return body.string().toString()
}

/** Random trees, with null and empty data, ACLs of all kinds and counters ahead of their children. */
export const trees = (top: string, acls: readonly (readonly AclEntry[])[]): fc.Arbitrary<readonly BackedUpZnode[]> => {
  const data = fc.oneof(
    fc.constant(null),
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  )
  const one = fc.record({
    parent: fc.nat(),
    name: fc.constantFrom('a', 'b-c', 'member_0000000007', 'ä', '日本', '%2F', 'x'.repeat(60)),
    data,
    acl: fc.constantFrom(...acls),
    ahead: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 700 }) },
    ),
  })
  return fc.array(one, { minLength: 1, maxLength: 40 }).map(parts => {
    const paths = [top]
    const children = new Map<string, number>()
    const made = new Map<string, (typeof parts)[number]>()
    for (const part of parts) {
      const parent = paths[part.parent % paths.length] ?? top
      const path = `${parent}/${Buffer.from(part.name).toString('latin1')}`
      if (made.has(path)) continue
      made.set(path, part)
      paths.push(path)
      children.set(parent, (children.get(parent) ?? 0) + 1)
    }
    return paths.map(path => {
      const part = made.get(path)
      const created = (children.get(path) ?? 0) + (part?.ahead ?? 3)
      return znode(path, { created, ...(part ? { data: part.data, acl: part.acl } : {}) })
    })
  })
}
