// The tree that is walked and restored for measuring: groups of 100, data of 200 bytes, as a service's task state may look.
import type { Pipe } from '../../src/zookeeper/pipeline/pipe.ts'
import { restore } from '../../src/zookeeper/subtree/restore.ts'
import { type Wanted, WantedSoFar } from '../../src/zookeeper/subtree/wanted.ts'

export const top = '/bench'
const perGroup = 100
const data = Buffer.alloc(200, 'state of a task ')
const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }]

export function benchTree(znodes: number): Wanted {
  const wanted = new WantedSoFar(top, top)
  const add = (path: string, created: number) => wanted.add({ path, data, acl, lifetime: 'persistent', created })
  const groups = Math.ceil(znodes / perGroup)
  add(top, groups)
  for (let group = 0; group < groups; group++) {
    add(`${top}/group-${group}`, perGroup - 1)
    for (let at = 1; at < perGroup; at++) add(`${top}/group-${group}/task-${String(at).padStart(10, '0')}`, 0)
  }
  return wanted.result()
}

export const restoreAll = (pipe: Pipe, wanted: Wanted) =>
  restore(
    pipe,
    wanted,
    { how: 'merge', removesUpTo: 0n },
    { fence: undefined, hasCredentials: false, hasContainers: true, say: () => {} },
  )
