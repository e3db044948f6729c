// Of which zxid is what was read? Each answer is exactly the state at the zxid in its header (apache/zookeeper, CommitProcessor), and every znode says when its data and its list of children changed last.
import type { ByteString } from '../pipeline/frame-writer.ts'

/** What may be said of a walk. `exact`: the state at `zxid`. `except`: that, but for the znodes named. `fuzzy`: each znode as it was at some zxid from `first` to `last`. */
export type Claim =
  | { readonly claim: 'exact'; readonly zxid: bigint }
  | { readonly claim: 'except'; readonly zxid: bigint; readonly changed: readonly ByteString[] }
  | { readonly claim: 'fuzzy'; readonly first: bigint; readonly last: bigint; readonly changed: number }

/** More changed znodes than these are not named one by one. */
export const namedAtMost = 1000

export class Bounds {
  /** Of the first and of the last answer. */
  first = -1n
  last = -1n
  readonly #changed = new Set<ByteString>()
  #more = 0

  heard(zxid: bigint): void {
    if (zxid <= this.last) return
    if (this.first < 0n) this.first = zxid
    this.last = zxid
  }

  /** This znode may have been another one at `first`. */
  changed(path: ByteString): void {
    if (this.#changed.size < namedAtMost) this.#changed.add(path)
    else if (!this.#changed.has(path)) this.#more++
  }

  /** ACLs are not stamped with a zxid: unless `first` is `last`, what is said of them holds for the moment in between at which each was read. */
  get claim(): Claim {
    const { first, last } = this
    if (first === last) return { claim: 'exact', zxid: first }
    if (this.#more === 0) return { claim: 'except', zxid: first, changed: [...this.#changed] }
    return { claim: 'fuzzy', first, last, changed: this.#changed.size + this.#more }
  }
}
