// Prints a tree as lines of JSON: a first line about the whole, then one line per znode, sorted by path.

import { hex } from './damage.ts'
import type { Inspection, Proven, Unproven } from './inspect.ts'
import { renderText } from './jute.ts'
import type { Rules } from './replay.ts'
import { shownOwner, type Tree, type Znode } from './tree.ts'

/**
 * The lines of `inspect zookeeper --json`, without newlines. zxids, session ids and owners are unsigned hex; times ms;
 * znodes sorted by UTF-16 code unit, which is how JavaScript and Java compare strings.
 */
export function* printed(inspection: Inspection): Generator<string> {
  if (inspection.claim === 'none') {
    yield unprovenLine(inspection)
    return
  }
  const { tree, rules } = inspection
  yield headLine(inspection, treeTotals(tree, rules), tree.sessions)
  yield* znodeLines(tree, rules)
}

/** The only line where nothing may be trusted. */
export const unprovenLine = ({ claim, reason, notes }: Unproven): string =>
  JSON.stringify({ zxid: null, znodes: 0, claim, reason, notes })

/** Of all znodes, or of those that are printed. */
export interface Totals {
  readonly znodes: number
  readonly dataBytes: number
  readonly ephemerals: number
}

export function totalsOf(znodes: Iterable<Pick<Znode, 'data' | 'ephemeralOwner'>>, rules: Rules): Totals {
  let count = 0
  let dataBytes = 0
  let ephemerals = 0
  for (const { data, ephemeralOwner } of znodes) {
    count++
    dataBytes += data?.length ?? 0
    if (shownOwner(ephemeralOwner, rules) !== 0n) ephemerals++
  }
  return { znodes: count, dataBytes, ephemerals }
}

/** The same of a whole tree. */
export function treeTotals({ znodes }: Tree, rules: Rules): Totals {
  let dataBytes = 0
  let ephemerals = 0
  for (const handle of znodes.handles()) {
    dataBytes += znodes.dataBytes(handle)
    if (shownOwner(znodes.ephemeralOwner(handle), rules) !== 0n) ephemerals++
  }
  return { znodes: znodes.size, dataBytes, ephemerals }
}

/** The first line: what is claimed, and what follows. */
export function headLine(proven: Proven, totals: Totals, sessions: Tree['sessions']): string {
  const { claim, notes, zxid, base, transactions, firstTransaction } = proven
  const { znodes, dataBytes, ephemerals } = totals
  return JSON.stringify({
    zxid: hex(zxid),
    znodes,
    claim,
    notes,
    base: base ?? null,
    txnsReplayed: transactions,
    firstTxnReplayed: firstTransaction === undefined ? null : hex(firstTransaction),
    dataBytes,
    ephemerals,
    sessions: [...sessions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, timeoutMs]) => ({ id: hex(id), timeoutMs })),
  })
}

/** A line per znode, `/` first. */
export function* znodeLines(tree: Tree, rules: Rules): Generator<string> {
  const { znodes } = tree
  const rendered = [...znodes.handles()].map(handle => ({ path: renderPath(znodes.key(handle)), handle }))
  rendered.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  for (const { path, handle } of rendered) yield znodeLine(path, znodes.znode(handle), rules)
}

/** A path as it is shown, from its key in the tree. Most are ASCII, whose Latin-1 and UTF-8 are the same. */
export function renderPath(key: string): string {
  if (key === '') return '/'
  for (let at = 0; at < key.length; at++) if (key.charCodeAt(at) > 0x7f) return renderText(Buffer.from(key, 'latin1'))
  return key
}

/** What a reader of lines or of text could take for something else is escaped: line separators, and U+FFFD. */
function jsonLine(value: unknown): string {
  const line = JSON.stringify(value)
  if (!/[\u2028\u2029\ufffd]/.test(line)) return line
  return line.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('\ufffd', '\\ufffd')
}

/** One line; `path` as `renderPath` gives it. */
export function znodeLine(path: string, znode: Znode, rules: Rules): string {
  return jsonLine({
    path,
    dataBase64: znode.data?.toString('base64') ?? null,
    acl: znode.acl?.map(({ perms, scheme, id }) => ({ perms, scheme: renderText(scheme), id: renderText(id) })) ?? [],
    stat: {
      czxid: hex(znode.czxid),
      mzxid: hex(znode.mzxid),
      ctime: znode.ctime,
      mtime: znode.mtime,
      version: znode.version,
      cversion: (2 * znode.cversion - znode.children) | 0,
      aversion: znode.aversion,
      ephemeralOwner: hex(shownOwner(znode.ephemeralOwner, rules)),
      pzxid: hex(znode.pzxid),
    },
    persisted: { cversion: znode.cversion, ephemeralOwner: hex(znode.ephemeralOwner) },
  })
}
