// Makes the plan of a prune from the store alone, and the table that says of every backup why it is kept or removed.
import { prune } from '../../runbooks/prune.ts'
import { parseDuration, sayDuration } from '../config/duration.ts'
import { DcosctlError } from '../errors.ts'
import { sayBytes } from '../output/bytes.ts'
import { eachOf } from '../parallel.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import type { Backups } from '../store/backups.ts'
import { manifestName } from '../store/manifest.ts'
import { folderOf, keptByStore, type Prunable, prunable, strayUploads } from '../store/prunable.ts'
import type { Fate } from '../store/retention.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'
import { table } from './table.ts'

export interface PrunePlan {
  readonly plan: DcosPlan
  /** Of every backup that counts, oldest first; what the store itself keeps counts as kept. */
  readonly fates: readonly Fate[]
}

/** @throws DcosctlError USAGE where the cluster file has no `retention`; StoreError */
export async function planPrune(world: World, now: Date): Promise<PrunePlan> {
  const { cluster, retention } = world.file
  if (!retention) {
    throw new DcosctlError('USAGE', {
      what: 'The cluster file does not say which backups are kept.',
      state: 'Nothing was removed.',
      next: ['add to it, for example:  retention: { keep: { last: 3, daily: 14, weekly: 8, monthly: 12 } }'],
    })
  }
  const { keep, zone } = retention
  const leftoversAfter = parseDuration(retention.leftoversAfter) ?? 0
  const store = await world.store()
  const found = await prunable(store, cluster, { keep, zone }, new Map())
  const isOld = (written: Date) => now.getTime() - written.getTime() >= leftoversAfter * 1000
  const age = (written: Date) => ageOf(written, now)
  const fates = await withStoresOwn(world, store, found.fates)
  const old = found.backups.leftovers.filter(({ lastWrite }) => isOld(lastWrite))
  const uploads = (await strayUploads(store, cluster, found.backups)).filter(({ since }) => isOld(since))
  const stays = await store.staysAfterRemoval()
  const plan = prune({
    ...{ cluster, store: store.where, rules: { keep, zone }, leftoversAfter },
    remove: fates.filter(({ isKept }) => !isKept),
    leftovers: old.map(({ backup, bytes, lastWrite }) => ({
      backup,
      what: `${sayBytes(bytes)}, last write ${age(lastWrite)} ago`,
    })),
    uploads: [...new Set(uploads.map(({ key }) => key))],
    notes: [
      ...leftAlone(found),
      ...found.backups.leftovers
        .filter(({ lastWrite }) => !isOld(lastWrite))
        .map(
          ({ backup, lastWrite }) =>
            `${backup} is left alone: being written, or killed; last write ${age(lastWrite)} ago, removed after ${retention.leftoversAfter}`,
        ),
      ...(stays === undefined ? [] : [stays]),
    ],
  })
  return { plan, fates }
}

/** What the server would refuse to remove is known before, by its manifest. */
async function withStoresOwn({ file }: World, store: Store, fates: readonly Fate[]): Promise<readonly Fate[]> {
  return eachOf(fates, 8, async fate => {
    if (fate.isKept) return fate
    const kept = await keptByStore(store, [folderOf(file.cluster, fate.backup) + manifestName])
    return kept === undefined ? fate : { ...fate, isKept: true, because: kept }
  })
}

function leftAlone({ backups, notWell }: Prunable): readonly string[] {
  const { damaged, foreign }: Backups = backups
  return [
    ...notWell.map(({ backup, why }) => `${backup} is left alone, and counts for no rule: ${why}`),
    ...damaged.map(({ backup, why }) => `${backup} is left alone: its manifest is damaged: ${why}`),
    ...foreign.map(({ backup, clusterId }) => `${backup} is left alone: it is of cluster ${clusterId}`),
  ]
}

/** Every backup with its fate and the reason; then what a person should know. */
export function pruneTable({ plan, fates }: PrunePlan, now: Date): string {
  const rows = fates.map(({ backup, isKept, because }) => [
    isKept ? 'keep' : 'remove',
    backup,
    ageOf(new Date(backup.replace(/^(.{10})T(\d\d)(\d\d)(\d\d)Z.*$/, '$1T$2:$3:$4Z')), now),
    because,
  ])
  const rest = plan.stages.flatMap(({ id, parts }) => (id === 'clear' ? parts.map(({ title }) => title) : []))
  const lines = [...rest.map(title => `${title}.`), ...plan.notes.map(note => `${note}.`)]
  const head = `${plan.title}: ${rows.filter(([fate]) => fate === 'remove').length} of ${rows.length} are removed.`
  return [
    head,
    ...(rows.length === 0 ? [] : ['', table(['', 'backup', 'age', 'because'], rows, [6, 23, 9], false)]),
    ...(lines.length === 0 ? [] : ['', ...lines]),
  ].join('\n')
}

/** `2 h 5 min`, from a day on in days. */
function ageOf(moment: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - moment.getTime()) / 1000)
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d`
  return sayDuration(seconds).split(' ').slice(0, 2).join(' ')
}
