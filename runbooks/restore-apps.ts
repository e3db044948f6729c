// Gives Marathon back the apps and pods of a backup, one at a time, dependencies first. Pure; reads like the procedure.
import { dependenciesFirst } from '../src/cluster/dependencies.ts'
import { few } from '../src/cluster/few.ts'
import type { Acceptance, Patience } from '../src/plan/types.ts'
import type { BackupSource, DcosPlan } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { noDeployments } from './gates.ts'

/** An app or a pod, compared: what the backup says of it, and what Marathon has now. */
export interface ComparedApp {
  readonly kind: 'app' | 'pod'
  readonly id: string
  readonly dependsOn: readonly string[]
  /** `missing`: only the backup has it; `surplus`: only Marathon has it. */
  readonly is: 'same' | 'missing' | 'differs' | 'surplus'
  /** Names of the fields that differ. */
  readonly fields: readonly string[]
  /** Marathon's version of it when this was compared; null where there is none. */
  readonly version: string | null
  /** Instances that Marathon should run, now and by the backup. */
  readonly instancesNow: number
  readonly instancesThen: number
  /** What an operator has to see to before it can run. */
  readonly needs: readonly string[]
}

export interface RestoreAppsOptions {
  readonly cluster: { readonly name: string; readonly id: string }
  readonly source: BackupSource
  /** `/` for all. */
  readonly group: string
  readonly how: 'merge' | 'overwrite' | 'mirror'
  readonly accepted: readonly Acceptance[]
  /** Of a gate; and, as `within`, of one app's deployment. */
  readonly patience: { readonly cluster: Patience; readonly agent: Patience }
  /** What the planner saw and the compared apps do not tell. */
  readonly remarks: readonly string[]
}

export function restoreApps(all: readonly ComparedApp[], options: RestoreAppsOptions): DcosPlan {
  const { cluster, source, group, how, patience } = options
  const put = dependenciesFirst(all.filter(app => isPut(app, how)))
  const removed = dependenciesFirst(all.filter(app => isRemoved(app, how))).toReversed()
  const settled = { apps: idsOf(put, 'app'), pods: idsOf(put, 'pod') }
  const { within } = patience.agent
  const change = put.length + removed.length > 0
  return {
    format: 1,
    runbook: 'restore-marathon',
    kind: 'changing',
    onFailure: 'pause',
    cluster,
    title: `Restore ${group === '/' ? 'all apps' : group} of Marathon on ${cluster.name} from ${source.backup} (${how})`,
    notes: [...preview(all, how), ...options.remarks],
    accepted: options.accepted,
    stages: stages(
      stage('preflight', 'See that Marathon is at rest', change ? [noDeployments(patience.cluster)] : []),
      stage(
        'apps',
        'Give back apps and pods, one at a time, dependencies first',
        put.map(({ kind, id, is, version }) =>
          step(partOf(id), `${is === 'missing' ? 'Create' : 'Set'} ${id}`, {
            ...{ do: 'put-app', kind, id, source, was: is === 'missing' ? null : version, within },
          }),
        ),
      ),
      stage(
        'surplus',
        'Remove what the backup does not have, dependents first',
        removed.map(({ kind, id, version }) =>
          step(partOf(id), `Remove ${id}`, { do: 'remove-app', kind, id, was: version ?? '', within }),
        ),
      ),
      stage(
        'afterwards',
        'See that it runs',
        change
          ? [
              noDeployments(patience.cluster),
              gate('settled', 'What was given back runs', { ask: 'apps-settled', ...settled }, patience.agent),
            ]
          : [],
      ),
    ),
  }
}

const isPut = ({ is }: ComparedApp, how: RestoreAppsOptions['how']): boolean =>
  is === 'missing' || (is === 'differs' && how !== 'merge')
const isRemoved = ({ is }: ComparedApp, how: RestoreAppsOptions['how']): boolean => is === 'surplus' && how === 'mirror'

const idsOf = (apps: readonly ComparedApp[], kind: ComparedApp['kind']): readonly string[] =>
  apps.filter(app => app.kind === kind).map(({ id }) => id)

/** `/shop/web` → `shop/web`: the stage gives the slash. */
const partOf = (id: string): string => id.slice(1)

/** What would change, in the order in which somebody asks. */
function preview(all: readonly ComparedApp[], how: RestoreAppsOptions['how']): readonly string[] {
  const of = (is: ComparedApp['is']) => all.filter(app => app.is === is)
  const [missing, differs, surplus, same] = [of('missing'), of('differs'), of('surplus'), of('same')]
  const told = (apps: readonly ComparedApp[]) => few(apps.map(app => `${app.id} (${sayInstances(app.instancesThen)})`))
  const put = all.filter(app => isPut(app, how))
  const removed = all.filter(app => isRemoved(app, how))
  const sum = (apps: readonly ComparedApp[], side: 'instancesNow' | 'instancesThen') =>
    apps.reduce((total, app) => total + app[side], 0)
  const afterwards = sum(all, 'instancesNow') - sum([...put, ...removed], 'instancesNow') + sum(put, 'instancesThen')
  return [
    ...(put.length + removed.length === 0 ? ['There is nothing to do.'] : []),
    ...(missing.length > 0 ? [`Created: ${told(missing)}.`] : []),
    ...(how === 'merge' ? [] : differs.map(changed)),
    ...(how === 'merge' && differs.length > 0
      ? [
          `Differs, and stays as it is (--how overwrite sets it): ${few(differs.map(app => `${app.id} (${fieldsOf(app)})`))}.`,
        ]
      : []),
    ...(removed.length > 0
      ? [`Removed with its tasks: ${few(removed.map(app => `${app.id} (${sayInstances(app.instancesNow)})`))}.`]
      : []),
    ...(surplus.length > removed.length
      ? [`Not in the backup, and stays (--how mirror removes it): ${few(surplus.map(({ id }) => id))}.`]
      : []),
    ...(same.length > 0 ? [`As in the backup: ${few(same.map(({ id }) => id))}.`] : []),
    `Instances: ${sum(all, 'instancesNow')} now, ${afterwards} afterwards.`,
    ...put.flatMap(app => (app.needs.length > 0 ? [`${app.id} needs ${app.needs.join('; ')}.`] : [])),
  ]
}

function changed(app: ComparedApp): string {
  const onlyScaled = app.fields.every(field => field === 'instances' || field === 'scaling')
  const tasks = onlyScaled
    ? 'its tasks stay'
    : `its ${app.instancesNow === 1 ? 'task is' : `${app.instancesNow} tasks are`} replaced`
  return `Set: ${app.id}: ${fieldsOf(app)}; ${tasks}.`
}

const fieldsOf = ({ fields, instancesNow: now, instancesThen: then }: ComparedApp): string =>
  fields.map(field => (field === 'instances' || field === 'scaling' ? `instances ${now} to ${then}` : field)).join(', ')

const sayInstances = (count: number): string => (count === 1 ? '1 instance' : `${count} instances`)
