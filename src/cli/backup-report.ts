// How backups are shown: a table of them, one of them, and what a verification found. Pure.
import { sayDuration } from '../config/duration.ts'
import { DcosctlError } from '../errors.ts'
import { sayBytes } from '../output/bytes.ts'
import type { Backups } from '../store/backups.ts'
import type { Manifest } from '../store/manifest.ts'
import type { Verification } from '../store/verify-backup.ts'
import { table } from './table.ts'

const levelOf = ({ levels }: Manifest): string => (levels.stored ? 'stored' : 'decoded')

const bytesOf = ({ objects }: Manifest): number => objects.reduce((sum, { bytes }) => sum + bytes, 0)

export function backupTable({ whole, damaged, foreign, leftovers }: Backups, now: Date): string {
  const age = (moment: Date) =>
    sayDuration((now.getTime() - moment.getTime()) / 1000)
      .split(' ')
      .slice(0, 2)
      .join(' ')
  const rows = whole.map(manifest => [
    manifest.backup,
    age(new Date(manifest.finished)),
    sayBytes(bytesOf(manifest)),
    `${levelOf(manifest)}, ${manifest.encryption === 'none' ? 'not encrypted' : 'encrypted'}`,
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

export function backupText(manifest: Manifest): string {
  const { backup, cluster, host, started, finished, encryption, objects, absent } = manifest
  const rows = objects.map(({ name, bytes, plainBytes, level }) => [sayBytes(bytes), sayBytes(plainBytes), level, name])
  return [
    `Backup ${backup} of ${cluster.name} (${cluster.id})`,
    `taken ${started} to ${finished} by ${host}, ${encryption === 'none' ? 'not encrypted' : 'encrypted for age recipients'}`,
    ...objects.flatMap(({ content }) => facts(content)),
    '',
    table(['stored', 'plain', 'checked', 'object'], rows, [11, 11, 8], false),
    ...(absent.length > 0 ? ['', `Not in it: ${absent.map(({ what }) => what).join(', ')}`] : []),
  ].join('\n')
}

/** What somebody who restores asks first. */
function facts(content: Manifest['objects'][number]['content']): readonly string[] {
  if (content.kind === 'zookeeper-files') {
    return [
      `ZooKeeper of ${String(content.from)}: exact at ${String(content.exactAt)}, server ${String(content.serverVersion)}`,
    ]
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

export function verificationText({ findings, objects, bytes, backup }: Verification, level: string): string {
  if (findings.length === 0) return `${backup} is well: ${objects} objects, ${sayBytes(bytes)}, ${level}.`
  return table(
    ['object', 'fault', 'seen'],
    findings.map(({ object, fault, saw, wanted }) => [object, fault, `${saw}; wanted ${wanted}`]),
    [30, 14],
    false,
  )
}

/** The ending of a verification that found something; undefined when all is well. */
export function notWell(where: string, { backup, findings }: Verification): DcosctlError | undefined {
  if (findings.length === 0) return undefined
  const named = [...new Set(findings.map(({ object }) => object))]
  return new DcosctlError('UNWELL', {
    what: `${backup} is not as it was written: ${named.join(', ')}.`,
    state: `Nothing was changed in ${where}.`,
    next: ['take a new one:  dcosctl backup', 'see the others:  dcosctl backup list'],
  })
}
