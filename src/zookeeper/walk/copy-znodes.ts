// A logical copy of all of ZooKeeper through the API: lines of JSON as `inspect zookeeper --json` prints them, behind a first line that says of which zxid they are.
//
// What they are of is known only in the end, and the first line says it: until then the lines wait here, compressed.
import { promisify } from 'node:util'
import { zstdCompressSync, zstdDecompress } from 'node:zlib'
import { hex } from '../files/damage.ts'
import { renderPath, znodeLine } from '../files/print-tree.ts'
import type { ByteString } from '../pipeline/frame-writer.ts'
import type { Pipe } from '../pipeline/pipe.ts'
import type { AclEntry } from '../pipeline/protocol.ts'
import {
  aversionOf,
  childrenOf,
  createdOf,
  ctimeOf,
  czxidOf,
  mtimeOf,
  mzxidOf,
  ownerOf,
  pzxidOf,
  versionOf,
} from '../pipeline/stat.ts'
import { ownPath, serverPath } from '../subtree/live-state.ts'
import { isMasked } from '../subtree/temporary-acl.ts'
import { type Claim, namedAtMost } from './bounds.ts'
import { confirm, Seen } from './confirm.ts'
import { type SeenZnode, walk } from './walk.ts'

export interface ZnodesCopy {
  readonly claim: Claim
  readonly znodes: number
  readonly dataBytes: number
  readonly ephemerals: number
  /** How often all of it was looked at after it was read. */
  readonly looks: number
  /** The object's bytes; once. */
  bytes(): AsyncGenerator<Uint8Array>
}

/** Some znodes may not be read by the user of the cluster file: a copy without them would be no backup. */
export class NotReadable extends Error {
  override readonly name = 'NotReadable'
}

const looksAtMost = 4
const pieceBytes = 1024 * 1024

/** @throws NotReadable, ConnectionLost, ZooKeeperError */
export async function copyZnodes(pipe: Pipe, signal: AbortSignal): Promise<ZnodesCopy> {
  const lines = new Lines()
  const seen = new Seen()
  const sizes = new Map<ByteString, { readonly data: number; readonly isEphemeral: boolean }>()
  const masked: ByteString[] = []
  const keep = (znode: SeenZnode) => {
    const { path, data, acl, stat } = znode
    if (isMasked(acl)) masked.push(path)
    seen.add(path, stat)
    sizes.set(path, { data: data?.length ?? 0, isEphemeral: ownerOf(stat) !== 0n })
    lines.put(path, lineOf(znode))
  }
  const read = async (from: readonly ByteString[]) => {
    const wanted = (path: ByteString) => path !== ownPath && !seen.has(path)
    const walked = await walk(pipe, from, { wanted, onZnode: keep })
    const hidden = [...walked.unreadable, ...masked]
    if (hidden.length > 0) throw notReadable(hidden)
    return walked.bounds
  }
  const bounds = await read(['/'])
  let { claim } = bounds
  let looks = 0
  for (let last = bounds.last; claim.claim !== 'exact' && looks < looksAtMost; looks++) {
    signal.throwIfAborted()
    const look = await confirm(pipe, seen)
    const changed = [...look.changed, ...look.gone]
    claim =
      changed.length === 0
        ? { claim: 'exact', zxid: last }
        : changed.length <= namedAtMost
          ? { claim: 'except', zxid: last, changed }
          : { claim: 'fuzzy', first: bounds.first, last: look.last, changed: changed.length }
    if (changed.length === 0 || looks === looksAtMost - 1) continue
    for (const path of look.gone) {
      seen.remove(path)
      sizes.delete(path)
      lines.remove(path)
    }
    last = (await read(look.changed)).last
    if (last < look.last) last = look.last
  }
  lines.flush()
  const all = [...sizes.values()]
  const totals = {
    znodes: all.length,
    dataBytes: all.reduce((sum, { data }) => sum + data, 0),
    ephemerals: all.filter(({ isEphemeral }) => isEphemeral).length,
  }
  return {
    ...{ claim, looks, ...totals },
    async *bytes() {
      yield Buffer.from(`${headOf(claim, totals)}\n`)
      yield* lines.bytes()
    },
  }
}

function notReadable(paths: readonly ByteString[]): NotReadable {
  const [first = ''] = paths
  const others = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return new NotReadable(
    `${renderPath(first)}${others} can't be read, or their ACLs not seen whole: zookeeper.auth in the cluster file must be a user that may`,
  )
}

/** As `inspect` claims: `exact` at `zxid`; otherwise what it is instead. */
const headOf = (claim: Claim, totals: object): string =>
  JSON.stringify({
    zxid: claim.claim === 'fuzzy' ? null : hex(claim.zxid),
    ...totals,
    claim: claim.claim,
    ...(claim.claim === 'except' ? { changed: claim.changed.map(renderPath) } : {}),
    ...(claim.claim === 'fuzzy' ? { first: hex(claim.first), last: hex(claim.last), changed: claim.changed } : {}),
    way: 'api',
    leftOut: [ownPath],
    ofTheServer: [serverPath],
  })

const bytesOf = ({ perms, scheme, id }: AclEntry) => ({
  perms,
  scheme: Buffer.from(scheme, 'latin1'),
  id: Buffer.from(id, 'latin1'),
})

function lineOf({ path, data, acl, stat }: SeenZnode): string {
  const znode = {
    data,
    acl: acl.map(bytesOf),
    czxid: BigInt.asUintN(64, czxidOf(stat)),
    mzxid: BigInt.asUintN(64, mzxidOf(stat)),
    pzxid: BigInt.asUintN(64, pzxidOf(stat)),
    ctime: ctimeOf(stat),
    mtime: mtimeOf(stat),
    version: versionOf(stat),
    cversion: createdOf(stat),
    aversion: aversionOf(stat),
    ephemeralOwner: ownerOf(stat),
    children: childrenOf(stat),
  }
  // The owner is what the server shows of it: nothing has to be hidden any more, as it would be in a server's files.
  return znodeLine(renderPath(path === '/' ? '' : path), znode, '3.4')
}

const decompressed = promisify(zstdDecompress)

/** The lines, in the order of their znodes' first coming, each in its latest form. */
class Lines {
  readonly #pieces: Buffer[] = []
  readonly #places = new Map<ByteString, number>()
  /** Of lines that were packed away already: what they are now; null: nothing. */
  readonly #now = new Map<number, string | null>()
  #piece: string[] = []
  #size = 0
  #next = 0

  put(path: ByteString, line: string): void {
    const place = this.#places.get(path)
    if (place !== undefined) {
      this.#now.set(place, line)
      return
    }
    this.#places.set(path, this.#next++)
    this.#piece.push(line)
    this.#size += line.length
    if (this.#size >= pieceBytes) this.flush()
  }

  remove(path: ByteString): void {
    const place = this.#places.get(path)
    if (place === undefined) return
    this.#now.set(place, null)
    this.#places.delete(path)
  }

  flush(): void {
    if (this.#piece.length === 0) return
    this.#pieces.push(zstdCompressSync(this.#piece.join('\n')))
    this.#piece = []
    this.#size = 0
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    let place = 0
    for (const piece of this.#pieces) {
      const text = (await decompressed(piece)).toString('utf8')
      const lines: string[] = []
      for (const line of text.split('\n')) {
        const now = this.#now.get(place++)
        if (now !== null) lines.push(now ?? line)
      }
      if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`)
    }
  }
}
