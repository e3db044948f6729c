// A logical copy of all of ZooKeeper through the API: lines of JSON as `inspect zookeeper --json` prints them, behind a first line that says of which zxid they are.
//
// What they are of is known only in the end, and the first line says it: until then the lines wait here, compressed.
import { hex } from '../files/damage.ts'
import { renderPath } from '../files/print-tree.ts'
import type { ByteString } from '../pipeline/frame-writer.ts'
import type { Pipe } from '../pipeline/pipe.ts'
import { ownerOf } from '../pipeline/stat.ts'
import { ownPath, serverPath } from '../subtree/live-state.ts'
import { isMasked } from '../subtree/temporary-acl.ts'
import { type Claim, namedAtMost } from './bounds.ts'
import { confirm, Seen } from './confirm.ts'
import { KeptLines } from './kept-lines.ts'
import { type SeenZnode, walk } from './walk.ts'
import { lineOf } from './znode-line.ts'

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

/** @throws NotReadable, ConnectionLost, ZooKeeperError */
export async function copyZnodes(pipe: Pipe, signal: AbortSignal): Promise<ZnodesCopy> {
  const lines = new KeptLines()
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
