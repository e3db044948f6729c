// Counts what differs in ZooKeeper by subtree, and keeps the first names. Pure.
import type { ZnodeDifference } from '../../zookeeper/files/diff-states.ts'

export interface Group {
  readonly subtree: string
  created: number
  deleted: number
  data: number
  acl: number
  stat: number
  /** The first ones, or all. */
  readonly first: ZnodeDifference[]
}

/** What a cluster does all the time, and what is dcosctl's and ZooKeeper's own: counted, but told apart. */
const apartNames = ['ephemeral znodes', '/dcosctl', '/zookeeper'] as const
type Apart = (typeof apartNames)[number]

export interface Options {
  /** Where the subtrees begin: the children of this path. */
  readonly path: string | undefined
  /** How many differences are kept by name in each subtree. */
  readonly keep: number
  /** Whether `stat` alone is a difference. */
  readonly stat: boolean
}

export class ZnodeSummary {
  readonly #options: Options
  readonly #groups = new Map<string, Group>()
  readonly #apart = new Map<Apart, Group>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Whether it counts. */
  add(difference: ZnodeDifference): boolean {
    if (difference.change === 'stat' && !this.#options.stat) return false
    const apart = apartOf(difference)
    const group = apart
      ? groupIn(this.#apart, apart, apart)
      : groupIn(this.#groups, subtreeOf(difference.path, this.#options.path), undefined)
    count(group, difference)
    if (group.first.length < this.#options.keep) group.first.push(difference)
    return true
  }

  get groups(): readonly Group[] {
    return [...this.#groups.values()]
  }

  get apart(): readonly Group[] {
    return apartNames.flatMap(name => this.#apart.get(name) ?? [])
  }
}

function groupIn<K extends string>(groups: Map<K, Group>, key: K, name: string | undefined): Group {
  const known = groups.get(key)
  if (known) return known
  const made: Group = { subtree: name ?? key, created: 0, deleted: 0, data: 0, acl: 0, stat: 0, first: [] }
  groups.set(key, made)
  return made
}

export const totalOf = ({ created, deleted, data, acl, stat }: Group): number => created + deleted + data + acl + stat

function apartOf({ path, ephemeral }: ZnodeDifference): Apart | undefined {
  if (isAt(path, '/dcosctl')) return '/dcosctl'
  if (isAt(path, '/zookeeper')) return '/zookeeper'
  return ephemeral ? 'ephemeral znodes' : undefined
}

const isAt = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** `/a/b/c` → `/a`, or below `/a` → `/a/b`. */
function subtreeOf(path: string, from: string | undefined): string {
  const above = from === undefined || from === '/' ? '' : from.replace(/\/+$/, '')
  const end = path.indexOf('/', above.length + 1)
  return end < 0 ? path : path.slice(0, end)
}

function count(group: Group, { change }: ZnodeDifference): void {
  if (change === 'data and acl') {
    group.data++
    group.acl++
  } else group[change]++
}
