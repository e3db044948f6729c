// What a restore of the whole tree would create, set and delete in the living one; ephemerals, ZooKeeper's own and dcosctl's own znodes do not count.
import { type Acl, renderText } from '../../../zookeeper/files/jute.ts'
import type { LargeState } from '../../../zookeeper/files/large-state.ts'
import { renderPath } from '../../../zookeeper/files/print-tree.ts'
import type { Rules } from '../../../zookeeper/files/replay.ts'
import { shownOwner, type Znode } from '../../../zookeeper/files/tree.ts'
import type { Living } from './living.ts'

/** Some by name, all by number. */
export interface Named {
  count: number
  readonly first: string[]
}

export interface Differences {
  readonly created: Named
  readonly set: Named
  readonly deleted: Named
  /** Instances by Marathon's own record (apache-2.0 mesosphere/marathon, InstanceRepository: `/marathon/state/instances/<shard>/<id>`). */
  readonly instances: { readonly onlyNow: Named; readonly onlyThen: Named }
}

const named = (): Named => ({ count: 0, first: [] })
const names = 3

function add(to: Named, path: string): void {
  to.count++
  if (to.first.length < names) to.first.push(renderPath(path))
}

const counts = (key: string, { ephemeralOwner }: Znode, rules: Rules): boolean =>
  shownOwner(ephemeralOwner, rules) === 0n && !/^\/(zookeeper|dcosctl)(\/|$)/.test(key)

const instancePath = /^\/marathon\/state\/instances\/[^/]+\/[^/]+$/

export async function differencesTo(state: LargeState, rules: Rules, living: Living): Promise<Differences> {
  const found = {
    created: named(),
    set: named(),
    deleted: named(),
    instances: { onlyNow: named(), onlyThen: named() },
  }
  const unseen = new Set(
    [...living.tree.znodes].filter(([key, znode]) => counts(key, znode, living.rules)).map(([key]) => key),
  )
  for await (const batch of state.parentsFirst()) {
    for (const [key, znode] of batch) {
      if (!counts(key, znode, rules)) continue
      const now = living.tree.znodes.get(key)
      if (!unseen.delete(key) || !now) {
        add(found.created, key)
        if (instancePath.test(key)) add(found.instances.onlyThen, key)
      } else if (!same(znode, now)) add(found.set, key)
    }
  }
  for (const key of unseen) {
    add(found.deleted, key)
    if (instancePath.test(key)) add(found.instances.onlyNow, key)
  }
  return found
}

/** To whoever reads it: its data and who may do what. */
function same(a: Znode, b: Znode): boolean {
  if (a.data === null || b.data === null) return a.data === b.data && aclText(a.acl) === aclText(b.acl)
  return a.data.equals(b.data) && aclText(a.acl) === aclText(b.acl)
}

const aclText = (acl: readonly Acl[] | undefined): string =>
  (acl ?? []).map(({ perms, scheme, id }) => `${perms} ${renderText(scheme)}:${renderText(id)}`).join()
