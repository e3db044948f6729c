// A comparison as a person reads it: what it means first, then ZooKeeper by subtree. Pure.
import { oneLine } from '../../output/one-line.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import type { ZnodeDifference } from '../../zookeeper/files/diff-states.ts'
import { columns } from '../inspect/columns.ts'
import type { Side } from './side.ts'
import type { FieldChange, ThingChange } from './things.ts'
import { type Group, totalOf } from './znode-summary.ts'

export interface Told {
  readonly before: Side
  readonly after: Side
  readonly changes: readonly ThingChange[]
  readonly notCompared: readonly string[]
  /** False where only a part of ZooKeeper was asked for. */
  readonly hasThings: boolean
  readonly groups: readonly Group[]
  readonly apart: readonly Group[]
  readonly stat: boolean
  readonly mostThings: number
}

export function diffText(told: Told): string {
  const { before, after, notCompared, hasThings } = told
  return [
    `From ${before.says}`,
    `to   ${after.says}`,
    '',
    ...(hasThings ? thingLines(told) : []),
    ...(notCompared.length > 0 ? [`Only one side tells: ${notCompared.join(', ')}.`] : []),
    ...zookeeperLines(told),
  ].join('\n')
}

const signs = { added: '+', removed: '-', changed: '~' } as const

function thingLines({ changes, mostThings, before }: Told): readonly string[] {
  if (changes.length === 0) return [`No difference in ${before.things.map(({ kind }) => kind).join(', ')}.`]
  const kinds = [...new Set(changes.map(({ kind }) => kind))]
  return kinds.flatMap(kind => {
    const own = changes.filter(change => change.kind === kind)
    const more = own.length - mostThings
    return [
      `${kind}: ${counted(own)}`,
      ...own.slice(0, mostThings).map(thingLine),
      ...(more > 0 ? [`  … and ${more} more:  --all`] : []),
    ]
  })
}

function counted(changes: readonly ThingChange[]): string {
  const said = (['added', 'removed', 'changed'] as const).flatMap(change => {
    const count = changes.filter(each => each.change === change).length
    return count > 0 ? [`${count} ${change}`] : []
  })
  return said.join(', ')
}

function thingLine({ name, change, fields }: ThingChange): string {
  const what = fields.length === 0 ? '' : `: ${fields.map(sayField).join(', ')}`
  return oneLine(`  ${signs[change]} ${name}${what}`)
}

function sayField({ field, before, after }: FieldChange): string {
  const values = before === undefined ? '' : `${before} → ${after}`
  return [field, values].filter(each => each !== '').join(' ')
}

function zookeeperLines({ before, after, groups, apart, stat }: Told): readonly string[] {
  const [old, now] = [before.zookeeper, after.zookeeper]
  if (!old || !now) return ['', 'ZooKeeper was not compared: one side has none of its files.']
  const head = `ZooKeeper: ${hex(old.zxid)} to ${hex(now.zxid)}, ${old.znodes} znodes and ${now.znodes}`
  const apartLines = apart.map(group => `Apart from these, ${group.subtree}: ${sayCounts(group)}.`)
  if (groups.length === 0) return ['', `${head}: no difference.`, ...apartLines]
  const title = ['created', 'deleted', 'data', 'ACL', ...(stat ? ['stat'] : []), 'subtree']
  const rows = groups.map(group => [
    ...[group.created, group.deleted, group.data, group.acl, ...(stat ? [group.stat] : [])].map(String),
    oneLine(group.subtree),
  ])
  return ['', head, ...columns([title, ...rows], title.length - 1), '', ...groups.flatMap(groupLines), ...apartLines]
}

function groupLines(group: Group): readonly string[] {
  const more = totalOf(group) - group.first.length
  return [
    ...group.first.map(znodeLine),
    ...(more > 0 ? [`  … and ${more} more:  --path ${oneLine(group.subtree)}, or --all`] : []),
  ]
}

const znodeSigns = { created: '+', deleted: '-', data: '~', acl: '~', 'data and acl': '~', stat: '~' } as const

function znodeLine({ path, change }: ZnodeDifference): string {
  const what = change === 'created' || change === 'deleted' ? '' : `  ${change === 'acl' ? 'ACL' : change}`
  return oneLine(`  ${znodeSigns[change]} ${path}${what}`)
}

function sayCounts({ created, deleted, data, acl, stat }: Group): string {
  const said = [
    [created, 'created'],
    [deleted, 'deleted'],
    [data, 'with other data'],
    [acl, 'with another ACL'],
    [stat, 'with another stat'],
  ] as const
  return said
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}
