// How many znodes there are below each subtree, how big, and which of them anybody may change.
import { renderPath } from '../../zookeeper/files/print-tree.ts'
import type { Znode } from '../../zookeeper/files/tree.ts'
import { isWithin, keyOf } from './subtree.ts'

/** Sizes are bytes of data; a znode without data counts as 0. */
export interface Sizes {
  readonly znodes: number
  readonly bytes: number
  readonly min: number
  readonly mean: number
  /** Of 100 znodes at least 99 are not bigger (nearest rank). */
  readonly p99: number
  readonly max: number
  /** Znodes whose ACL is world:anyone:cdrwa and nothing else: anybody who reaches ZooKeeper may change them. */
  readonly withoutAcl: number
}

export interface Stats {
  readonly whole: Sizes
  readonly subtrees: readonly (Sizes & { readonly path: string })[]
  /** Top-level znodes that nothing of DC/OS made: somebody else uses this ensemble. */
  readonly foreign: readonly string[]
}

/**
 * Top-level znodes of DC/OS, its parts and ZooKeeper itself (dcos/dcos packages exhibitor, mesos, marathon, cosmos, cockroach, etcd; the
 * SDK's services keep theirs under /dcos-service-<name>), and dcosctl's own.
 */
const ours = /^\/(zookeeper|mesos|marathon|metronome|cosmos|cluster-id|dcos|cockroach|etcd|dcosctl|dcos-service-.+)$/

/** `depth`: how many names of a path make a subtree; `below`: only the znodes at and below this path, which then stands for the root. */
export async function statsOf(
  batches: AsyncIterable<readonly (readonly [key: string, znode: Znode])[]>,
  depth: number,
  below = '/',
): Promise<Stats> {
  const root = keyOf(below)
  const isIn = isWithin(below)
  const groups = new Map<string, Count>()
  const whole = new Count()
  const foreign = new Set<string>()
  const add = ([key, znode]: readonly [key: string, znode: Znode]) => {
    const top = firstNames(key, '', 1)
    if (top !== '' && !ours.test(top)) foreign.add(renderPath(top))
    if (!isIn(key)) return
    const name = firstNames(key, root, depth)
    const group = groups.get(name) ?? new Count()
    groups.set(name, group)
    group.add(znode)
    whole.add(znode)
  }
  for await (const batch of batches) for (const each of batch) add(each)
  const subtrees = [...groups].map(([key, count]) => ({ path: renderPath(key), ...count.sizes() }))
  subtrees.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { whole: whole.sizes(), subtrees, foreign: [...foreign].sort() }
}

/** `key` cut behind `depth` names below `root`. */
function firstNames(key: string, root: string, depth: number): string {
  let end = root.length
  for (let left = depth; left > 0 && end < key.length; left--) {
    const next = key.indexOf('/', end + 1)
    end = next < 0 ? key.length : next
  }
  return key.slice(0, end)
}

const everybody = (acl: Znode['acl']): boolean => {
  const [only, more] = acl ?? []
  if (!only || more) return false
  return only.perms === 31 && only.scheme.toString('latin1') === 'world' && only.id.toString('latin1') === 'anyone'
}

/** Sizes seen so far: how often each one, since few differ. */
class Count {
  readonly #times = new Map<number, number>()
  #znodes = 0
  #bytes = 0
  #withoutAcl = 0

  add({ data, acl }: Znode): void {
    const size = data?.length ?? 0
    this.#times.set(size, (this.#times.get(size) ?? 0) + 1)
    this.#znodes++
    this.#bytes += size
    if (everybody(acl)) this.#withoutAcl++
  }

  sizes(): Sizes {
    const ascending = [...this.#times].sort(([a], [b]) => a - b)
    const mean = this.#znodes === 0 ? 0 : this.#bytes / this.#znodes
    return {
      znodes: this.#znodes,
      bytes: this.#bytes,
      min: ascending.at(0)?.[0] ?? 0,
      mean: Math.round(mean * 10) / 10,
      p99: atRank(ascending, Math.ceil(0.99 * this.#znodes)),
      max: ascending.at(-1)?.[0] ?? 0,
      withoutAcl: this.#withoutAcl,
    }
  }
}

function atRank(ascending: readonly (readonly [size: number, times: number])[], rank: number): number {
  let seen = 0
  for (const [size, times] of ascending) {
    seen += times
    if (seen >= rank) return size
  }
  return 0
}
