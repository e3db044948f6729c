// What is in these ZooKeeper files: the tree at an exact zxid, with what may be claimed of it, or why nothing may be.

import { checkSnapshot, plainSnapshot, type WholeSnapshot } from './check-snapshot.ts'
import { dataFiles, type LogName, later, neededLogs, type SnapshotName } from './choose-files.ts'
import { DamagedFile, hex, type Note } from './damage.ts'
import { type Chain, followLogs } from './follow-logs.ts'
import { loadTree } from './load-tree.ts'
import { settleQuotas } from './quota.ts'
import { apply, type Rules } from './replay.ts'
import type { Transaction } from './transaction.ts'
import { newTree, type Tree } from './tree.ts'
import { knownDigest, treeDigest } from './tree-digest.ts'

/** A folder or an archive; each file may be opened several times. */
export interface DataFiles {
  readonly names: readonly string[]
  /** Each piece is good until the next one is asked for. */
  open(name: string): AsyncIterable<Uint8Array>
  /** When the file was last written to, ms; undefined where that is not known. */
  changedAt?(name: string): number | undefined
}

export interface InspectOptions {
  /** Stop at this transaction, if the files reach so far; by default the last one. */
  readonly upTo?: bigint
  /** The last transaction that may be in the newest whole snapshot (what `srvr` said once it was complete). */
  readonly fuzzEnd?: bigint
  /** By default those of the version that wrote the files. */
  readonly rules?: Rules
}

/** What may be said of the state that was built. */
export interface Proven {
  /** `exact`: the state at `zxid`, and nothing behind it is known to be lost. `up-to-damage`: the state at `zxid`; later ones are lost. */
  readonly claim: 'exact' | 'up-to-damage'
  readonly zxid: bigint
  /** The snapshot it was built on; undefined: none, from the first transaction on. */
  readonly base: string | undefined
  readonly transactions: number
  readonly firstTransaction: bigint | undefined
  readonly notes: readonly Note[]
}

export interface Unproven {
  readonly claim: 'none'
  readonly reason: string
  readonly notes: readonly Note[]
}

export type Inspection = (Proven & Built) | Unproven

/**
 * DC/OS refuses to start ZooKeeper where the clock is not in step (dcos-exhibitor's check of the time), so that the
 * clocks of the member that wrote a snapshot and of the leader that stamped the transactions differ by less than this.
 */
const CLOCKS_DIFFER_MS = 10_000

/** A time (ms) after which no transaction can be partly in a snapshot; undefined where the time of its file can't be believed. */
export function writtenBy(changedAt: number | undefined, latestTime: number): number | undefined {
  const believable = changedAt !== undefined && latestTime > 0 && changedAt > latestTime - CLOCKS_DIFFER_MS
  return believable ? changedAt + CLOCKS_DIFFER_MS : undefined
}

/** A state to build on, and how far behind it the tree is proven: `fuzzEnd` undefined means not known. */
export interface Base {
  readonly snapshot: SnapshotName | undefined
  readonly zxid: bigint
  /** How many are in the snapshot. */
  readonly znodes: number
  readonly latestSeen: bigint
  readonly fuzzEnd: bigint | undefined
  /** A transaction made after this time (ms) is behind the fuzz end; undefined: not known either. */
  readonly settledAfter: number | undefined
  readonly since36: boolean
}

/** With the whole tree in memory. Never throws for what is in the files, only when they can't be read. */
export const inspect = (files: DataFiles, options: InspectOptions = {}): Promise<Inspection> =>
  prove<Built>(files, options, base => ({
    build: (_files, logs, chain) => build(files, base, logs, chain, options),
  }))

/** How a state is made on a base. */
interface Building<T> {
  /** Sees each transaction of the chain behind the base as it is followed. */
  readonly onTransaction?: (transaction: Transaction) => void
  /** Makes the state at the end of `chain`, or says why it is not to be had from this base. */
  build(
    files: DataFiles,
    logs: readonly LogName[],
    chain: Chain,
    options: InspectOptions,
  ): Promise<T | { readonly doubt: Note }>
}
export type Begin<T> = (base: Base) => Building<T>

/** Finds the newest base from which a state can be built and proven. Throws only when the files can't be read. */
export async function prove<T extends object>(
  files: DataFiles,
  options: InspectOptions,
  begin: Begin<T>,
): Promise<(Proven & T) | Unproven> {
  const { snapshots, logs } = dataFiles(files.names)
  const refused = (reason: string, notes: readonly Note[]): Unproven => ({ claim: 'none', reason, notes })
  if (snapshots.length + logs.length === 0) return refused('there is no snapshot.<zxid> and no log.<zxid> in it', [])
  const twice = sameName(snapshots) ?? sameName(logs)
  if (twice) return refused(`${twice.join(' and ')} have the same zxid: give one server's folder`, [])

  const notes: Note[] = []
  let noted = new Set<string>()
  const note = (more: readonly Note[]) => {
    for (const one of more) {
      const key = `${one.file} ${one.offset} ${one.expected}`
      if (!noted.has(key)) notes.push(one)
      noted = noted.add(key)
    }
  }
  for await (const base of bases(files, snapshots, logs, options, note)) {
    const upTo = options.upTo
    if (upTo !== undefined && base.zxid > upTo) continue
    const needed = neededLogs(logs, base.zxid)
    const { zxid, settledAfter } = base
    const building = begin(base)
    const chain = await followLogs({
      ...{ base: zxid, logs: needed, open: files.open, upTo, settledAfter },
      ...(building.onTransaction ? { onTransaction: building.onTransaction } : {}),
    })
    note(chain.notes)
    const doubt = doubts(base, chain)
    if (doubt) {
      note([doubt])
      continue
    }
    const built = await building.build(files, needed, chain, options)
    if ('doubt' in built) {
      note([built.doubt])
      continue
    }
    const newer = snapshots.findLast(snapshot => snapshot.zxid > chain.last)
    const lost = newer !== undefined && upTo === undefined
    if (lost)
      note([
        { file: newer.file, offset: 0, expected: `logs up to ${hex(newer.zxid)}`, saw: `up to ${hex(chain.last)}` },
      ])
    return {
      claim: chain.end === 'broken' || lost || (upTo !== undefined && chain.last < upTo) ? 'up-to-damage' : 'exact',
      zxid: chain.last,
      base: base.snapshot?.file,
      transactions: chain.records,
      firstTransaction: chain.first,
      notes,
      ...built,
    }
  }
  return refused(why(notes, snapshots, logs), notes)
}

/** States to build on, the newest first. Snapshots that are not whole are noted and left out. */
async function* bases(
  files: DataFiles,
  snapshots: readonly SnapshotName[],
  logs: readonly LogName[],
  options: InspectOptions,
  note: (notes: readonly Note[]) => void,
): AsyncGenerator<Base> {
  let newest = true
  for (const [index, snapshot] of [...snapshots.entries()].reverse()) {
    let whole: WholeSnapshot
    try {
      whole = await checkSnapshot(plainSnapshot(files.open(snapshot.file), snapshot.compression))
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
      note([error.in(snapshot.file)])
      continue
    }
    const { seal, latestSeen, latestTime } = whole
    // A digest's zxid below the name is ignored by the server too; 0 means not known.
    const recorded =
      seal.digest && seal.digest.zxid >= snapshot.zxid && seal.digest.zxid > 0n ? seal.digest.zxid : undefined
    // One server writes its snapshots one after the other: when the next one began, this one was complete.
    const fuzzEnd = (newest ? options.fuzzEnd : undefined) ?? recorded ?? snapshots[index + 1]?.zxid
    newest = false
    const settledAfter = writtenBy(files.changedAt?.(snapshot.file), latestTime)
    const { znodes } = seal
    yield { snapshot, zxid: snapshot.zxid, znodes, latestSeen, fuzzEnd, settledAfter, since36: seal.digest !== null }
  }
  // The first transaction of a new ensemble is 0x100000001, of a new single server 0x1: before it the tree is empty.
  const first = logs[0]?.zxid
  if (first === 1n || first === 0x1_0000_0001n) {
    yield {
      snapshot: undefined,
      zxid: first - 1n,
      znodes: 0,
      latestSeen: 0n,
      fuzzEnd: first - 1n,
      settledAfter: undefined,
      since36: false,
    }
  }
}

/** Why the tree of `base` and `chain` would not be the state at the chain's end. */
function doubts(base: Base, chain: Chain): Note | undefined {
  const file = base.snapshot?.file ?? 'the logs'
  const reached = `logs up to ${hex(chain.last)}`
  if (!base.snapshot && chain.records === 0)
    return { file, offset: 0, expected: 'a snapshot, or the first transaction', saw: 'neither' }
  const end = later(base.fuzzEnd ?? 0n, base.latestSeen)
  if (chain.last < end)
    return { file, offset: 0, expected: `logs up to ${hex(end)}, which is partly in this snapshot`, saw: reached }
  if (base.fuzzEnd !== undefined || chain.end === 'clean' || chain.settled) return undefined
  return {
    file,
    offset: 0,
    expected: 'to know which later transactions are partly in this snapshot (say --fuzz-end, if you know)',
    saw: `no later snapshot before ${hex(chain.last)}, where the logs break off`,
  }
}

export interface Built {
  readonly tree: Tree
  readonly rules: Rules
}

/** Those of the version that wrote the files, unless others were asked for. */
export const rulesFor = (base: Base, chain: Chain, options: InspectOptions): Rules =>
  options.rules ?? (base.since36 || chain.since35 ? '3.6' : '3.4')

async function build(
  files: DataFiles,
  base: Base,
  logs: readonly LogName[],
  chain: Chain,
  options: InspectOptions,
): Promise<Built | { doubt: Note }> {
  const rules = rulesFor(base, chain, options)
  const file = base.snapshot?.file ?? 'the logs'
  let tree: Tree
  try {
    tree = base.snapshot
      ? await loadTree(plainSnapshot(files.open(base.snapshot.file), base.snapshot.compression))
      : newTree(rules)
  } catch (error) {
    if (error instanceof DamagedFile) return { doubt: error.in(file) }
    throw error
  }
  let digest: bigint | undefined
  await followLogs({
    base: base.zxid,
    logs,
    open: files.open,
    upTo: chain.last,
    onTransaction: transaction => {
      apply(tree, transaction, rules)
      if (transaction.digest) digest = knownDigest(transaction.digest.version) ? transaction.digest.tree : undefined
    },
  })
  settleQuotas(tree)
  const found = treeDigest(tree)
  if (digest !== undefined && rules === '3.6' && digest !== found) {
    return {
      doubt: { file, offset: 0, expected: `a tree with digest ${hex(digest)} at ${hex(chain.last)}`, saw: hex(found) },
    }
  }
  const unknown = tree.znodes.withoutAcl
  if (unknown !== undefined)
    return { doubt: { file, offset: 0, expected: `an ACL for ${unknown}`, saw: 'an id without entries' } }
  return { tree, rules }
}

function sameName(files: readonly LogName[]): [string, string] | undefined {
  for (const [index, { file, zxid }] of files.entries()) {
    const next = files[index + 1]
    if (next?.zxid === zxid) return [file, next.file]
  }
  return undefined
}

function why(notes: readonly Note[], snapshots: readonly SnapshotName[], logs: readonly LogName[]): string {
  const foreign = (files: readonly LogName[], mark: string) =>
    files.every(({ file }) => notes.some(note => note.file === file && note.expected.includes(mark)))
  if (snapshots.length > 0 && foreign(snapshots, 'ZKSN')) {
    return 'these files are not of ZooKeeper 3.x: no snapshot begins with ZKSN. ZooKeeper before 3.0 wrote such files; the UpgradeMain of ZooKeeper 3.4 converts them'
  }
  if (snapshots.length === 0)
    return `there is no snapshot, and the logs begin at ${hex(logs[0]?.zxid ?? 0n)}, not at the first transaction`
  return 'no snapshot in it gives, with its logs, a state that can be proven'
}
