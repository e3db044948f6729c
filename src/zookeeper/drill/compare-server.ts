// Compares every znode that a scratch server serves with the state that was decoded from the same files.
import type { Duplex } from 'node:stream'
import { hex } from '../files/damage.ts'
import { type Acl, renderText } from '../files/jute.ts'
import type { LargeState } from '../files/large-state.ts'
import { renderPath } from '../files/print-tree.ts'
import type { Rules } from '../files/replay.ts'
import { sameAcl } from '../files/same-acl.ts'
import { shownOwner, type Znode } from '../files/tree.ts'
import { type ServedZnode, ZnodeReader } from './znode-reader.ts'

interface Difference {
  readonly path: string
  readonly saw: string
  readonly wanted: string
}

export interface Compared {
  readonly znodes: number
  /** The first ones; `differing` counts all. */
  readonly differences: readonly Difference[]
  readonly differing: number
  /** What a server that stands alone changes by itself, by name: it was there, and was left out. */
  readonly excluded: readonly string[]
}

interface Asked {
  readonly state: LargeState
  /** Those of the server that was started, whichever version wrote the files. */
  readonly rules: Rules
  /** The transaction whose state this is. */
  readonly zxid: bigint
  readonly progress?: (done: number) => void
}

const firstOnes = 20
/** Asked in one piece, and so many pieces at a time: the server answers one while the next is on its way. */
const batchZnodes = 256
const batchBytes = 4 * 1024 * 1024
const batchesAtOnce = 3

interface ToCompare {
  readonly key: string
  readonly znode: Znode
}

/**
 * That no znode is served beside those of the backup follows from the numbers of children: each is compared.
 * @throws Error where the server changed by itself meanwhile, or the line breaks
 */
export async function compareServer(line: Duplex, { state, rules, zxid, progress }: Asked): Promise<Compared> {
  const reader = await ZnodeReader.open(line)
  const differences: Difference[] = []
  const excluded = new Set<string>()
  let differing = 0
  let znodes = 0
  const underWay: Promise<void>[] = []
  const compareOne = ({ key, znode }: ToCompare, served: ServedZnode | undefined): void => {
    for (const { field, saw, wanted } of fieldsOf(znode, served, rules)) {
      const excuse = excuseFor(key, field)
      if (excuse !== undefined) {
        excluded.add(excuse)
        continue
      }
      differing++
      if (differences.length < firstOnes) differences.push({ path: renderPath(key), saw: `${field} ${saw}`, wanted })
      return
    }
  }
  const compareBatch = async (batch: readonly ToCompare[]): Promise<void> => {
    const served = await reader.readAll(batch.map(({ key }) => Buffer.from(key || '/', 'latin1')))
    for (const [at, one] of batch.entries()) compareOne(one, served[at])
    znodes += batch.length
    progress?.(znodes)
  }
  let batch: ToCompare[] = []
  let bytes = 0
  const ask = async () => {
    if (batch.length === 0) return
    const comparing = compareBatch(batch)
    comparing.catch(() => {}) // awaited below, in order
    underWay.push(comparing)
    batch = []
    bytes = 0
    if (underWay.length >= batchesAtOnce) await underWay.shift()
  }
  try {
    for await (const [key, znode] of state.znodes()) {
      batch.push({ key, znode: { ...znode, data: znode.data && Buffer.from(znode.data) } })
      bytes += znode.data?.length ?? 0
      if (batch.length >= batchZnodes || bytes >= batchBytes) await ask()
    }
    await ask()
    await Promise.all(underWay)
    // Our own session is the one transaction behind the state: anything else, as a session that expired, would not be the backup's doing.
    if (reader.zxid !== zxid + 1n)
      throw new Error(`the scratch ZooKeeper went on by itself to ${hex(reader.zxid)}, from ${hex(zxid)}`)
  } finally {
    reader.close()
  }
  return { znodes, differences, differing, excluded: [...excluded].sort() }
}

interface Field {
  readonly field: string
  readonly saw: string
  readonly wanted: string
}

/** The fields that differ; the znode itself where it is not served. */
function* fieldsOf(znode: Znode, served: ServedZnode | undefined, rules: Rules): Generator<Field> {
  if (!served) {
    yield { field: 'znode', saw: 'nothing there', wanted: 'a znode' }
    return
  }
  const { data, acl, stat } = served
  const sizeOf = (bytes: Buffer | null) => (bytes === null ? 'null' : `${bytes.length} B`)
  if (data === null || znode.data === null ? data !== znode.data : !data.equals(znode.data))
    yield { field: 'data', saw: sizeOf(data), wanted: `${sizeOf(znode.data)} of other bytes` }
  if (!sameAcl(acl, asServed(znode.acl ?? [])))
    yield { field: 'ACL', saw: sayAcl(acl), wanted: sayAcl(znode.acl ?? []) }
  const zxids = [
    ['numChildren', stat.numChildren, znode.children],
    ['cversion', stat.cversion, (2 * znode.cversion - znode.children) | 0],
    ['pzxid', stat.pzxid, znode.pzxid],
    ['czxid', stat.czxid, znode.czxid],
    ['mzxid', stat.mzxid, znode.mzxid],
    ['ctime', stat.ctime, znode.ctime],
    ['mtime', stat.mtime, znode.mtime],
    ['version', stat.version, znode.version],
    ['aversion', stat.aversion, znode.aversion],
    ['ephemeralOwner', stat.ephemeralOwner, shownOwner(znode.ephemeralOwner, rules)],
  ] as const
  for (const [field, saw, wanted] of zxids) if (saw !== wanted) yield { field, saw: say(saw), wanted: say(wanted) }
}

/** Java reads each half of a character beyond the BMP as U+FFFD, and serves it so. */
const asServed = (acl: readonly Acl[]): readonly Acl[] =>
  acl.map(({ perms, scheme, id }) => ({
    perms,
    scheme: Buffer.from(renderText(scheme)),
    id: Buffer.from(renderText(id)),
  }))

const say = (value: bigint | number): string => (typeof value === 'bigint' ? hex(value) : String(value))

const sayAcl = (acl: readonly Acl[]): string =>
  acl.map(({ perms, scheme, id }) => `${scheme}:${id}:${perms}`).join(', ') || 'none'

const configPath = '/zookeeper/config'

/**
 * What a server writes of its own, without a transaction: /zookeeper/config at its start (3.5 on, which adds it to files of 3.4),
 * and the counts of quotas, whose text differs by version (DataTree.addConfigNode, DataTree.setupQuota).
 */
function excuseFor(key: string, field: string): string | undefined {
  if (key === configPath) return configPath
  if (key === '/zookeeper' && (field === 'numChildren' || field === 'cversion'))
    return `${configPath} as a child of /zookeeper`
  if (field === 'data' && key.startsWith('/zookeeper/quota/') && key.endsWith('/zookeeper_stats'))
    return 'counts of quotas (zookeeper_stats)'
  return undefined
}
