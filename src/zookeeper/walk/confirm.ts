// The second look of a consistent copy: one small request per znode tells which are no longer what was read.
//
// What is found unchanged now held at every zxid in between, ACL included: data, ACL and list of children each leave a version or a
// zxid behind. So if nothing changed, the copy is the exact state at the last zxid before this look.

import type { ByteString } from '../pipeline/frame-writer.ts'
import type { Pipe } from '../pipeline/pipe.ts'
import { code, op } from '../pipeline/protocol.ts'
import { fingerprints, statBytes } from '../pipeline/stat.ts'
import { ConnectionLost, errorOf } from '../session/errors.ts'

/** Which znodes were read, and what their stats were: a path and 36 bytes of each. */
export class Seen {
  readonly #places = new Map<ByteString, number>()
  #prints = Buffer.alloc(fingerprints.bytes * 1024)
  #free = 0

  get paths(): IterableIterator<ByteString> {
    return this.#places.keys()
  }

  get size(): number {
    return this.#places.size
  }

  has(path: ByteString): boolean {
    return this.#places.has(path)
  }

  add(path: ByteString, stat: Buffer): void {
    const place = this.#places.get(path) ?? this.#free++
    this.#places.set(path, place)
    const at = place * fingerprints.bytes
    if (at >= this.#prints.length) {
      const larger = Buffer.alloc(this.#prints.length * 2)
      this.#prints.copy(larger)
      this.#prints = larger
    }
    fingerprints.write(stat, this.#prints, at)
  }

  remove(path: ByteString): void {
    this.#places.delete(path)
  }

  isStill(path: ByteString, stat: Buffer): boolean {
    const place = this.#places.get(path)
    return place !== undefined && fingerprints.same(stat, this.#prints, place * fingerprints.bytes)
  }
}

export interface Confirmed {
  readonly changed: readonly ByteString[]
  readonly gone: readonly ByteString[]
  /** Of the last answer. */
  readonly last: bigint
}

/** @throws ConnectionLost; ZooKeeperError for what is refused */
export async function confirm(pipe: Pipe, seen: Seen): Promise<Confirmed> {
  await pipe.sync()
  const changed: ByteString[] = []
  const gone: ByteString[] = []
  let last = 0n
  const paths = seen.paths
  let hasMore = true
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (path: ByteString) =>
    pipe.askPath(op.exists, path, (error, body, zxid) => {
      if (zxid > last) last = zxid
      if (error === code.noNode) gone.push(path)
      else if (error === code.connectionLoss)
        reject(new ConnectionLost(`the connection to ${pipe.to} was lost at ${path} (${pipe.why})`, true))
      else if (error !== 0) reject(errorOf(error, `exists ${path}`, path, ''))
      else if (!seen.isStill(path, body.bytes.subarray(body.at, body.at + statBytes))) changed.push(path)
    })
  const goOn = () => {
    while (hasMore && pipe.room > 0) {
      const next = paths.next()
      if (next.done) hasMore = false
      else look(next.value)
    }
    pipe.send()
    if (!hasMore && pipe.outstanding === 0) resolve()
  }
  await pipe.askWhileHearing(goOn, promise)
  return { changed, gone, last }
}
