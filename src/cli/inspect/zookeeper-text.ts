// The page of `inspect zookeeper`: what may be claimed, what was noted, and the tree in short. Pure.
import { sayBytes } from '../../output/bytes.ts'
import { oneLine } from '../../output/one-line.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import type { LargeInspection } from '../../zookeeper/files/large-state.ts'
import { columns } from './columns.ts'
import type { Sizes, Stats } from './sizes.ts'

export type Found = Exclude<LargeInspection, { readonly claim: 'none' }>

export const sayNote = ({ file, offset, expected, saw }: Note): string =>
  oneLine(`${file}, byte ${offset}: expected ${expected}, saw ${saw}`)

function noteLines(notes: readonly Note[]): readonly string[] {
  return notes.length === 0 ? [] : ['', 'Noted:', ...notes.map(note => `  ${sayNote(note)}`)]
}

export function headOf(path: string, inspection: LargeInspection): readonly string[] {
  const { claim, notes } = inspection
  if (claim === 'none') {
    return [`${path}: nothing in it may be trusted`, `because ${oneLine(inspection.reason)}`, ...noteLines(notes)]
  }
  const { zxid, state, base, transactions, firstTransaction } = inspection
  const { znodes, ephemerals, dataBytes } = state.totals
  const replayed =
    firstTransaction === undefined
      ? 'no transaction behind it'
      : `${transactions} transactions from ${hex(firstTransaction)} on`
  return [
    `${path}: ${claim === 'exact' ? `exact at ${hex(zxid)}` : `whole only up to ${hex(zxid)}; what came later is lost`}`,
    `${znodes} znodes (${ephemerals} ephemeral), ${sayBytes(dataBytes)} of data, ${state.tree.sessions.size} sessions`,
    `from ${base ?? 'the first transaction on, without a snapshot'} and ${replayed}`,
    ...noteLines(notes),
  ]
}

export function zookeeperPage(path: string, inspection: Found, { subtrees }: Stats): string {
  const rows = subtrees.map(each => [String(each.znodes), sayBytes(each.bytes), oneLine(each.path)])
  return [...headOf(path, inspection), '', ...columns([['znodes', 'data', 'subtree'], ...rows], 2)].join('\n')
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
