// The page of `inspect zookeeper`: what may be claimed, what was noted, and the tree in short. Pure.
import { sayBytes } from '../../output/bytes.ts'
import { oneLine } from '../../output/one-line.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import type { Inspection } from '../../zookeeper/files/inspect.ts'
import { shownOwner } from '../../zookeeper/files/tree.ts'
import { columns } from './columns.ts'
import { type Sizes, type Stats, statsOf } from './sizes.ts'

export type Found = Exclude<Inspection, { readonly claim: 'none' }>

export const sayNote = ({ file, offset, expected, saw }: Note): string =>
  oneLine(`${file}, byte ${offset}: expected ${expected}, saw ${saw}`)

function noteLines(notes: readonly Note[]): readonly string[] {
  return notes.length === 0 ? [] : ['', 'Noted:', ...notes.map(note => `  ${sayNote(note)}`)]
}

export function headOf(path: string, inspection: Inspection): readonly string[] {
  const { claim, notes } = inspection
  if (claim === 'none') {
    return [`${path}: nothing in it may be trusted`, `because ${oneLine(inspection.reason)}`, ...noteLines(notes)]
  }
  const { zxid, tree, rules, base, transactions, firstTransaction } = inspection
  const owners = [...tree.znodes.values()].filter(znode => shownOwner(znode.ephemeralOwner, rules) !== 0n)
  const bytes = [...tree.znodes.values()].reduce((sum, { data }) => sum + (data?.length ?? 0), 0)
  const replayed =
    firstTransaction === undefined
      ? 'no transaction behind it'
      : `${transactions} transactions from ${hex(firstTransaction)} on`
  return [
    `${path}: ${claim === 'exact' ? `exact at ${hex(zxid)}` : `whole only up to ${hex(zxid)}; what came later is lost`}`,
    `${tree.znodes.size} znodes (${owners.length} ephemeral), ${sayBytes(bytes)} of data, ${tree.sessions.size} sessions`,
    `from ${base ?? 'the first transaction on, without a snapshot'} and ${replayed}`,
    ...noteLines(notes),
  ]
}

export function zookeeperPage(path: string, inspection: Inspection): string {
  const head = headOf(path, inspection)
  if (inspection.claim === 'none') return head.join('\n')
  const { subtrees } = statsOf(inspection.tree, 1)
  const rows = subtrees.map(each => [String(each.znodes), sayBytes(each.bytes), oneLine(each.path)])
  return [...head, '', ...columns([['znodes', 'data', 'subtree'], ...rows], 2)].join('\n')
}

export function statsPage(path: string, inspection: Found, stats: Stats): string {
  const row = (sizes: Sizes, name: string) => {
    const { znodes, bytes, min, mean, p99, max, withoutAcl } = sizes
    return [...[znodes, bytes, min, mean, p99, max, withoutAcl].map(String), oneLine(name)]
  }
  const head = ['znodes', 'bytes', 'min', 'mean', 'p99', 'max', 'no ACL', 'subtree']
  const rows = [...stats.subtrees.map(each => row(each, each.path)), row(stats.whole, 'all')]
  const { znodes, withoutAcl } = stats.whole
  return [
    ...headOf(path, inspection),
    '',
    ...columns([head, ...rows], 7),
    '',
    `Without ACL (world:anyone:cdrwa): ${withoutAcl} of ${znodes} znodes.`,
    stats.foreign.length === 0
      ? 'Foreign top-level znodes: none.'
      : `Foreign top-level znodes (not made by DC/OS): ${stats.foreign.map(oneLine).join(', ')}`,
  ].join('\n')
}
