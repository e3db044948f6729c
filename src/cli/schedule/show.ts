// What is scheduled on this host for a cluster, whether it still can run, when it runs next, and how the last night ended.
import { access } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { sayDuration } from '../../config/duration.ts'
import type { ClusterFile } from '../../config/schema.ts'
import { because, DcosctlError } from '../../errors.ts'
import { textColumns, wrap } from '../../plan/wrap.ts'
import { nextRuns } from '../../schedule/cron-expression.ts'
import { unitName } from '../../schedule/files.ts'
import type { ScheduleFacts } from '../../schedule/own-file.ts'
import { stagger } from '../../schedule/stagger.ts'
import { ageOf, type Newest, newestGood } from '../nightly/newest-good.ts'
import { type LastBackup, lastBackupPath, readLast } from '../nightly/record.ts'
import { cronDaemonRuns } from './cron-daemon.ts'
import { factsOf, type Installed, installedFor } from './installed.ts'
import { isActive } from './systemctl.ts'

export interface ScheduleReport {
  readonly cluster: string
  readonly installed: readonly {
    readonly system: string
    readonly files: readonly { readonly path: string; readonly is: string }[]
    readonly facts: ScheduleFacts | undefined
    readonly next: readonly string[]
  }[]
  /** Null where none was begun; trouble where it can't be read. */
  readonly last: LastBackup | null | { readonly trouble: string }
  readonly newest: Newest
  /** Why no backup can be counted on; none when all is well. */
  readonly problems: readonly string[]
}

export async function scheduleReport(file: ClusterFile, now: Date): Promise<ScheduleReport> {
  const { name, id } = file.cluster
  const installed = await installedFor(name)
  const facts = installed.map(factsOf).find(found => found !== undefined)
  const environment = facts ? { XDG_STATE_HOME: join(facts.home, '.local', 'state') } : process.env
  const [last, newest, problems] = await Promise.all([
    readLast(lastBackupPath(environment, name), id).then(
      seen => seen ?? null,
      (error: unknown) => ({ trouble: because(error) }),
    ),
    newestGood(file),
    Promise.all(installed.map(problemsOf)),
  ])
  return {
    cluster: name,
    installed: installed.map(each => {
      const its = factsOf(each)
      const next = its ? nextRuns({ text: its.cron }, 3, now).map(moment => moment.toISOString()) : []
      return {
        system: each.system,
        files: each.files.map(({ path, seen }) => ({ path, is: seen.is })),
        facts: its,
        next,
      }
    }),
    last,
    newest,
    problems: [
      ...(installed.length === 0 ? [`nothing is scheduled for ${name} on ${hostname()}`] : problems.flat()),
      ...lastProblem(last),
    ],
  }
}

async function problemsOf(installed: Installed): Promise<readonly string[]> {
  const facts = factsOf(installed)
  const problems = installed.files.flatMap(({ path, seen }) => {
    if (seen.is === 'absent') return [`${path} is missing`]
    if (seen.is === 'edited') return [`${path} was edited by hand`]
    return seen.is === 'foreign' ? [`${path} was not written by dcosctl`] : []
  })
  if (!facts) return problems
  for (const path of [facts.launcher, facts.config])
    if (!(await isThere(path))) problems.push(`${path} is not there any more`)
  if (installed.system === 'cron' && !(await cronDaemonRuns())) problems.push('no cron daemon runs on this host')
  const timer = `${unitName(facts.cluster)}.timer`
  if (installed.system === 'systemd' && !(await isActive(timer))) problems.push(`${timer} is not active`)
  return problems
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const isFailed = (last: ScheduleReport['last']): boolean =>
  last !== null && 'ended' in last && last.ended !== null && last.ended.exit !== 0 && last.ended.code !== 'SKIPPED'

function lastProblem(last: ScheduleReport['last']): readonly string[] {
  if (last && 'ended' in last && last.ended && isFailed(last))
    return [`the last one failed (${last.ended.code}, exit ${last.ended.exit})`]
  return []
}

export function scheduleText({ cluster, installed, last, newest, problems }: ScheduleReport, now: Date): string {
  const lines = installed.flatMap(({ system, files, facts, next }) => [
    hung('By', `${system}: ${files.map(({ path, is }) => `${path} (${said[is] ?? is})`).join(', ')}`),
    ...(facts ? [hung('When', `${facts.cron}${sayJitter(facts)}, as ${facts.user}`)] : []),
    ...(next.length > 0 ? [hung('Next', next.map(moment => sayLocal(new Date(moment))).join(', '))] : []),
  ])
  return [
    ...(lines.length > 0 ? lines : [`Nothing is scheduled for ${cluster} on this host.`]),
    hung('Last', sayLast(last, now)),
    hung('Newest', sayGood(newest, now)),
    ...problems.map(problem => hung('Not well', problem)),
  ].join('\n')
}

const hung = (label: string, text: string): string =>
  wrap(label.padEnd(10) + text, textColumns, ' '.repeat(10)).join('\n')

const said: Readonly<Record<string, string>> = {
  'as-written': 'as written',
  edited: 'edited by hand',
  foreign: 'not by dcosctl',
  absent: 'missing',
}

function sayJitter({ system, jitter, id }: ScheduleFacts): string {
  if (jitter === 0) return ''
  if (system === 'systemd') return `, up to ${sayDuration(jitter)} later`
  return `, on this host ${sayDuration(stagger(id, hostname(), jitter))} later`
}

/** `Sat 2026-11-28 02:00`, as a clock on the wall of this host. */
function sayLocal(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][moment.getDay()]
  const date = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-')
  return `${day} ${date} ${two(moment.getHours())}:${two(moment.getMinutes())}`
}

function sayLast(last: ScheduleReport['last'], now: Date): string {
  if (!last) return 'none was begun here yet'
  if ('trouble' in last) return `? ${last.trouble}`
  const began = `began ${ageOf(last.started, now)} ago`
  if (!last.ended) return `${began}; it is under way, or it was killed`
  const { code, exit, what } = last.ended
  return code === 'DONE' ? `${began}: taken` : `${began}: ${code} (exit ${exit}): ${what}`
}

function sayGood(newest: Newest, now: Date): string {
  if ('unknown' in newest) return `? ${newest.unknown}`
  return newest.good ? `${newest.good.backup}, ${ageOf(newest.good.finished, now)} old` : `none in ${newest.where}`
}

/** Undefined when all is well. */
export function notWell({ problems, cluster, installed, last }: ScheduleReport): DcosctlError | undefined {
  if (problems.length === 0) return undefined
  const next =
    installed.length === 0
      ? ["schedule it:  dcosctl backup schedule --cron '0 2 * * *'"]
      : isFailed(last)
        ? ['take one, and see why it fails:  dcosctl backup']
        : ['write it anew:  dcosctl backup schedule']
  return new DcosctlError('UNWELL', {
    what: `No backup of ${cluster} can be counted on: ${problems.join('; ')}.`,
    state: 'Nothing was changed.',
    next,
  })
}
