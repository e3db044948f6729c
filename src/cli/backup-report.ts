// How backups are shown: a table of them, and one of them. Pure.
import { sayDuration } from '../config/duration.ts'
import { sayBytes } from '../output/bytes.ts'
import type { Backups } from '../store/backups.ts'
import type { Manifest } from '../store/manifest.ts'
import type { Verified } from '../store/verified.ts'
import { highestOf } from '../store/verified-after.ts'
import { table } from './table.ts'

/** How a backup was left when it was taken: each object decoded, and where it says so read back as well. */
const levelOf = ({ levels }: Manifest): string => (levels.stored ? 'stored' : 'decoded')

/** What verify found since; undefined where it was never asked. */
function sinceThen(verified: Verified | undefined): string | undefined {
  if (!verified) return undefined
  const { failed } = verified
  if (failed) return `NOT WELL ${failed.at.slice(0, 10)} (${failed.level})`
  const highest = highestOf(verified)
  return highest && `${highest.level} ${highest.at.slice(0, 10)}`
}

const bytesOf = ({ objects }: Manifest): number => objects.reduce((sum, { bytes }) => sum + bytes, 0)

/** `verified`: what is kept beside the backups, by their names. */
export function backupTable(
  { whole, damaged, foreign, leftovers }: Backups,
  verified: ReadonlyMap<string, Verified>,
  now: Date,
): string {
  const age = (moment: Date) =>
    sayDuration((now.getTime() - moment.getTime()) / 1000)
      .split(' ')
      .slice(0, 2)
      .join(' ')
  const rows = whole.map(manifest => [
    manifest.backup,
    age(new Date(manifest.finished)),
    sayBytes(bytesOf(manifest)),
    [
      sinceThen(verified.get(manifest.backup)) ?? levelOf(manifest),
      manifest.encryption === 'none' ? 'not encrypted' : 'encrypted',
    ].join(', '),
  ])
  const lines =
    rows.length > 0 ? [table(['backup', 'age', 'size', 'checked'], rows, [23, 14, 11], false)] : ['There is no backup.']
  for (const { backup, why } of damaged) lines.push(`Damaged: ${backup}: ${why}`)
  for (const { backup, clusterId } of foreign) lines.push(`Of another cluster: ${backup} (${clusterId})`)
  for (const { backup, lastWrite, bytes } of leftovers) {
    lines.push(
      `No backup, but ${sayBytes(bytes)} of one that was killed or is being written: ${backup}, last write ${age(lastWrite)} ago`,
    )
  }
  return lines.join('\n')
}

export function backupText(manifest: Manifest, verified: Verified | undefined): string {
  const { backup, cluster, host, started, finished, encryption, objects, absent } = manifest
  const rows = objects.map(({ name, bytes, plainBytes, level }) => [sayBytes(bytes), sayBytes(plainBytes), level, name])
  return [
    `Backup ${backup} of ${cluster.name} (${cluster.id})`,
    `taken ${started} to ${finished} by ${host}, ${encryption === 'none' ? 'not encrypted' : 'encrypted for age recipients'}`,
    ...objects.flatMap(({ content }) => facts(content)),
    ...verifiedLines(verified),
    '',
    table(['stored', 'plain', 'checked', 'object'], rows, [11, 11, 8], false),
    ...(absent.length > 0
      ? [
          '',
          'Not in it:',
          table(
            ['what', 'why'],
            absent.map(({ what, why }) => [what, why]),
            [24],
            false,
          ),
        ]
      : []),
  ].join('\n')
}

function verifiedLines(verified: Verified | undefined): readonly string[] {
  if (!verified) return []
  const reached = Object.entries(verified.reached).map(([level, at]) => `${level} ${at}`)
  const { failed } = verified
  return [
    ...(reached.length > 0 ? [`Verified: ${reached.join(', ')}`] : []),
    ...(failed ? [`NOT WELL at ${failed.at} (${failed.level}): ${failed.why}`] : []),
  ]
}

/** What somebody who restores asks first. */
function facts(content: Manifest['objects'][number]['content']): readonly string[] {
  if (content.kind === 'zookeeper-files') {
    const { from, exactAt, serverVersion, committed = 'yes' } = content
    const known = committed === 'yes' ? '' : `; committed: ${String(committed)}`
    return [`ZooKeeper of ${String(from)}: exact at ${String(exactAt)}, server ${String(serverVersion)}${known}`]
  }
  if (content.kind === 'zookeeper-znodes') {
    const { claim, zxid, first, last, changed } = content
    const exact =
      claim === 'fuzzy'
        ? `each znode as it was at some zxid from ${String(first)} to ${String(last)}`
        : `exact at ${String(zxid)}${claim === 'except' ? `, but for ${String(changed)} znodes that kept changing` : ''}`
    return [`ZooKeeper of ${String(content.from)} through its API: ${exact}, server ${String(content.serverVersion)}`]
  }
  if (content.kind === 'replicated-logs') return [`Replicated logs of ${String(content.from)}`]
  return []
}
