// What a backup holds of a subtree, as far as the API can bring it back, under the paths where it is to go.
import type { ByteString } from '../pipeline/frame-writer.ts'
import type { AclEntry } from '../pipeline/protocol.ts'
import { isAtOrBelow, isRestorable, memberships } from './live-state.ts'

export interface WantedZnode {
  readonly path: ByteString
  readonly data: Buffer | null
  readonly acl: readonly AclEntry[]
  readonly kind: 'persistent' | 'container'
  /** Children ever created: the number that the next sequential one gets. */
  readonly created: number
}

/** A znode of a backup; `ttl` and `container` are known only from a server's files. */
export interface BackedUpZnode {
  readonly path: ByteString
  readonly data: Buffer | null
  readonly acl: readonly AclEntry[]
  readonly lifetime: 'persistent' | 'ephemeral' | 'container' | 'ttl'
  readonly created: number
}

export interface Wanted {
  /** At the paths where they go. */
  readonly top: ByteString
  readonly znodes: ReadonlyMap<ByteString, WantedZnode>
  /** The znodes above `top`, from the root's child on, made where they are missing. */
  readonly above: readonly WantedZnode[]
  /** What the backup has there as ephemeral: never made, and never taken away where somebody has made it. */
  readonly ephemerals: ReadonlySet<ByteString>
  /** TTL znodes, which are made as persistent ones. */
  readonly ttls: number
  /** Members of replicated logs, which are never made. */
  readonly members: number
}

/** Of the backup's znodes, takes those at and below `from` and moves them to `to`. */
export class WantedSoFar {
  readonly #from: ByteString
  readonly #to: ByteString
  readonly #znodes = new Map<ByteString, WantedZnode>()
  readonly #above = new Map<ByteString, WantedZnode>()
  readonly #ephemerals = new Set<ByteString>()
  #ttls = 0
  #members = 0

  constructor(from: ByteString, to: ByteString) {
    this.#from = from
    this.#to = to
  }

  /** Whether this path is of any use here, so that what is behind it needs not be read. */
  wants(path: ByteString): boolean {
    return isAtOrBelow(path, this.#from) || isAtOrBelow(this.#from, path)
  }

  /** The data is kept as it is: a view must be copied before. */
  add({ path, data, acl, lifetime, created }: BackedUpZnode): void {
    const kind = lifetime === 'container' ? 'container' : 'persistent'
    if (!isAtOrBelow(path, this.#from)) {
      if (this.#from === this.#to && path !== '/' && lifetime !== 'ephemeral')
        this.#above.set(path, { path, data, acl, kind, created: 0 })
      return
    }
    if (memberships.some(top => path !== top && isAtOrBelow(path, top))) {
      this.#members++
      return
    }
    const target = moved(path, this.#from, this.#to)
    if (!isRestorable(path) || !isRestorable(target)) return
    if (lifetime === 'ephemeral') {
      this.#ephemerals.add(target)
      return
    }
    if (lifetime === 'ttl') this.#ttls++
    this.#znodes.set(target, { path: target, data, acl, kind, created })
  }

  result(): Wanted {
    return {
      top: this.#to,
      znodes: this.#znodes,
      above: ancestorsOf(this.#to).map(path => this.#above.get(path) ?? emptyAt(path)),
      ephemerals: this.#ephemerals,
      ttls: this.#ttls,
      members: this.#members,
    }
  }
}

const emptyAt = (path: ByteString): WantedZnode => ({
  path,
  data: Buffer.alloc(0),
  acl: [{ perms: 31, scheme: 'world', id: 'anyone' }],
  kind: 'persistent',
  created: 0,
})

/** `/a/b/c` has `/a` and `/a/b`; the root is always there. */
function ancestorsOf(path: ByteString): readonly ByteString[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, at) => `/${names.slice(0, at + 1).join('/')}`)
}

function moved(path: ByteString, from: ByteString, to: ByteString): ByteString {
  const rest = from === '/' ? (path === '/' ? '' : path) : path.slice(from.length)
  return to === '/' ? rest || '/' : `${to}${rest}`
}
