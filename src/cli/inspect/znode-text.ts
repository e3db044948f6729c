// One znode as a person reads it: its stat, who may do what, its data, its children.
import { sayBytes } from '../../output/bytes.ts'
import { oneLine } from '../../output/one-line.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { type Acl, renderText } from '../../zookeeper/files/jute.ts'
import { renderPath } from '../../zookeeper/files/print-tree.ts'
import type { Rules } from '../../zookeeper/files/replay.ts'
import { CONTAINER_OWNER, shownOwner, type Znode } from '../../zookeeper/files/tree.ts'
import { columns } from './columns.ts'
import { isChildOf, keyOf } from './subtree.ts'
import type { Found } from './zookeeper-text.ts'

const mostTextBytes = 4096
const mostDumpedBytes = 256

interface Child {
  readonly key: string
  readonly children: number
  readonly bytes: number
}

/** A znode and its children, found in one pass. Undefined where there is no such znode. */
export async function znodePage({ state, rules }: Found, path: string): Promise<string | undefined> {
  const wanted = keyOf(path)
  const isChild = isChildOf(path)
  const children: Child[] = []
  let found: Znode | undefined
  for await (const [key, znode] of state.znodes()) {
    if (key === wanted) found = { ...znode, data: znode.data && Buffer.from(znode.data) }
    else if (isChild(key)) children.push({ key, children: znode.children, bytes: znode.data?.length ?? 0 })
  }
  return found && pageOf(path, found, children, rules)
}

function pageOf(path: string, znode: Znode, children: readonly Child[], rules: Rules): string {
  const { czxid, mzxid, pzxid, ctime, mtime, version, aversion } = znode
  const cversion = (2 * znode.cversion - znode.children) | 0
  const stat = [
    ['created', `${hex(czxid)}  ${moment(ctime)}`],
    ['data set', `${hex(mzxid)}  ${moment(mtime)}  version ${version}`],
    ['children', `${hex(pzxid)}  ${znode.children} now  cversion ${cversion}`],
    ['lives', lifetime(znode, rules)],
    ...(znode.acl ?? []).map((acl, at) => [
      at === 0 ? 'ACL' : '',
      at === 0 ? `${sayAcl(acl)}  aversion ${aversion}` : sayAcl(acl),
    ]),
  ]
  return [
    oneLine(path),
    ...columns(stat, 0).map(line => `  ${line}`),
    '',
    ...dataLines(znode.data),
    ...childLines(children),
  ].join('\n')
}

const moment = (ms: number): string => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}

function lifetime({ ephemeralOwner: owner }: Znode, rules: Rules): string {
  if (owner === 0n) return 'until it is deleted'
  if (shownOwner(owner, rules) !== 0n) return `as long as session ${hex(owner)} (ephemeral)`
  return owner === CONTAINER_OWNER
    ? 'until its last child is deleted (container)'
    : `${owner & 0xff_ffff_ffffn} ms behind its last change (TTL)`
}

/** As zkCli.sh writes permissions. */
function sayAcl({ perms, scheme, id }: Acl): string {
  const letters = [
    [4, 'c'],
    [8, 'd'],
    [1, 'r'],
    [2, 'w'],
    [16, 'a'],
  ] as const
  const granted = letters.map(([bit, letter]) => (perms & bit ? letter : '')).join('')
  return oneLine(`${renderText(scheme)}:${renderText(id)}:${granted || '(nothing)'}`)
}

function dataLines(data: Buffer | null): readonly string[] {
  if (data === null) return ['Data: none (null)']
  if (data.length === 0) return ['Data: empty']
  const head = `Data, ${sayBytes(data.length)}:`
  const text = printable(data)
  if (text !== undefined) {
    return [head, ...text.split('\n').map(line => `  ${line}`), ...cut(data.length, mostTextBytes)]
  }
  return [head, ...hexLines(data.subarray(0, mostDumpedBytes)), ...cut(data.length, mostDumpedBytes)]
}

const cut = (length: number, shown: number): readonly string[] =>
  length > shown ? [`  … ${length - shown} bytes more; all of it in base64:  the same command with --json`] : []

/** The text that the bytes are, if they are UTF-8 that a terminal only prints; only its beginning where it is long. */
function printable(data: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(0, mostTextBytes), { stream: true })
    return /^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u.test(text.replaceAll(/[\n\t]/g, '')) ? text : undefined
  } catch {
    return undefined // not UTF-8: it is shown as bytes
  }
}

function hexLines(bytes: Buffer): readonly string[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const part = bytes.subarray(line * 16, line * 16 + 16)
    const shown = part.toString('latin1').replaceAll(/[^ -~]/g, '.')
    const digits = (part.toString('hex').match(/../g) ?? []).join(' ')
    return `  ${(line * 16).toString(16).padStart(8, '0')}  ${digits.padEnd(47)}  ${shown}`
  })
}

function childLines(children: readonly Child[]): readonly string[] {
  if (children.length === 0) return ['', 'No children.']
  const rows = children
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(child => [String(child.children), sayBytes(child.bytes), oneLine(renderPath(child.key))])
  return ['', ...columns([['children', 'data', 'child'], ...rows], 2)]
}
