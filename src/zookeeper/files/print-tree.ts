// Prints a tree as lines of JSON: a first line about the whole, then one line per znode, sorted by path.

import { hex } from './damage.ts'
import type { Inspection } from './inspect.ts'
import { renderText } from './jute.ts'
import type { Rules } from './replay.ts'
import { shownOwner, type Tree, type Znode } from './tree.ts'

/**
 * The lines of `inspect zookeeper --json`, without newlines. zxids, session ids and owners are unsigned hex; times ms;
 * znodes sorted by UTF-16 code unit, which is how JavaScript and Java compare strings.
 */
export function* printed(inspection: Inspection): Generator<string> {
  if (inspection.claim === 'none') {
    const { claim, reason, notes } = inspection
    yield JSON.stringify({ zxid: null, znodes: 0, claim, reason, notes })
    return
  }
  const { tree, rules, zxid, claim, notes, base, transactions, firstTransaction } = inspection
  yield JSON.stringify({
    zxid: hex(zxid),
    znodes: tree.znodes.size,
    claim,
    notes,
    base: base ?? null,
    txnsReplayed: transactions,
    firstTxnReplayed: firstTransaction === undefined ? null : hex(firstTransaction),
    ...totals(tree, rules),
  })
  yield* znodeLines(tree, rules)
}

function totals(tree: Tree, rules: Rules) {
  let dataBytes = 0
  let ephemerals = 0
  for (const znode of tree.znodes.values()) {
    dataBytes += znode.data?.length ?? 0
    if (shownOwner(znode.ephemeralOwner, rules) !== 0n) ephemerals++
  }
  const sessions = [...tree.sessions].sort(([a], [b]) => (a < b ? -1 : 1))
  return { dataBytes, ephemerals, sessions: sessions.map(([id, timeoutMs]) => ({ id: hex(id), timeoutMs })) }
}

/** A line per znode, `/` first. */
export function* znodeLines(tree: Tree, rules: Rules): Generator<string> {
  const rendered = [...tree.znodes].map(([key, znode]) => ({ path: renderPath(key), znode }))
  rendered.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  for (const { path, znode } of rendered) yield line(path, znode, rules)
}

/** A path as it is shown, from its key in the tree. Most are ASCII, whose Latin-1 and UTF-8 are the same. */
export function renderPath(key: string): string {
  if (key === '') return '/'
  for (let at = 0; at < key.length; at++) if (key.charCodeAt(at) > 0x7f) return renderText(Buffer.from(key, 'latin1'))
  return key
}

/** What a reader of lines or of text could take for something else is escaped: line separators, and U+FFFD. */
const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('\ufffd', '\\ufffd')

function line(path: string, znode: Znode, rules: Rules): string {
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
