// What is scheduled on this host for a cluster, whether it still can run, when it runs next, and how the last night ended.
import { access, stat } from 'node:fs/promises'
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
import { type Stands, standsNow } from '../nightly/under-way.ts'
import { cronDaemonRuns } from './cron-daemon.ts'
import { factsOf, type Installed, installedFor } from './installed.ts'
import { lastProblem, newestProblem, type Problem } from './nights-so-far.ts'
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
  /** What has become of it; null where none is known. */
  readonly lastIs: Stands['is'] | null
  readonly newest: Newest
  /** Why no backup can be counted on; none when all is well. */
  readonly problems: readonly string[]
  /** What to type then. */
  readonly next: readonly string[]
}

export const scheduleReport = async (file: ClusterFile, now: Date): Promise<ScheduleReport> =>
  reportOf(file, await installedFor(file.cluster.name), now)

/** Of what is installed for its cluster. */
export async function reportOf(file: ClusterFile, installed: readonly Installed[], now: Date): Promise<ScheduleReport> {
  const { name, id } = file.cluster
  const scheduled = installed.find(each => factsOf(each))
  const facts = scheduled && factsOf(scheduled)
  const environment = facts ? { XDG_STATE_HOME: join(facts.home, '.local', 'state') } : process.env
  const [seen, newest, ofFiles, since] = await Promise.all([
    seeLast(lastBackupPath(environment, name), id, now),
    newestGood(file),
    Promise.all(installed.map(problemsOf)),
    scheduled && writtenAt(scheduled),
  ])
  const begun = seen && 'record' in seen ? seen : undefined
  const until = begun?.stands.is === 'at work' ? new Date(begun.record.started) : now
  const problems = [
    ...(installed.length === 0 ? [nothingScheduled(name)] : ofFiles.flat()),
    begun && lastProblem(begun.record, begun.stands),
    facts && since && newestProblem(newest, { facts, since }, until, now),
  ].filter(problem => problem !== undefined)
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
    last: seen && 'record' in seen ? seen.record : seen,
    lastIs: begun?.stands.is ?? null,
    newest,
    problems: problems.map(({ what }) => what),
    next: [...new Set(problems.map(({ next }) => next))],
  }
}

type SeenLast = { readonly record: LastBackup; readonly stands: Stands } | { readonly trouble: string } | null

async function seeLast(path: string, id: string, now: Date): Promise<SeenLast> {
  try {
    const record = await readLast(path, id)
    if (!record) return null
    const stands = await standsNow(record, now)
    if (stands.is !== 'killed') return { record, stands }
    const again = await readLast(path, id)
    if (again?.started === record.started && !again.ended) return { record, stands }
    return seeLast(path, id, now) // It ended between the two looks.
  } catch (error) {
    return { trouble: because(error) }
  }
}

async function writtenAt({ files }: Installed): Promise<Date> {
  const there = files.filter(({ seen }) => seen.is !== 'absent')
  const times = await Promise.all(there.map(async ({ path }) => (await stat(path)).mtimeMs))
  return new Date(Math.max(...times))
}

const nothingScheduled = (cluster: string): Problem => ({
  what: `nothing is scheduled for ${cluster} on ${hostname()}`,
  next: "schedule it:  dcosctl backup schedule --cron '0 2 * * *'",
})

async function problemsOf(installed: Installed): Promise<readonly Problem[]> {
  const what = await filesAndDaemon(installed)
  return what.map(what => ({ what, next: 'write it anew:  dcosctl backup schedule' }))
}

async function filesAndDaemon(installed: Installed): Promise<readonly string[]> {
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

export function scheduleText(
  { cluster, installed, last, lastIs, newest, problems }: ScheduleReport,
  now: Date,
): string {
  const lines = installed.flatMap(({ system, files, facts, next }) => [
    hung('By', `${system}: ${files.map(({ path, is }) => `${path} (${said[is] ?? is})`).join(', ')}`),
    ...(facts ? [hung('When', `${facts.cron}${sayJitter(facts)}, as ${facts.user}`)] : []),
    ...(next.length > 0 ? [hung('Next', next.map(moment => sayLocal(new Date(moment))).join(', '))] : []),
  ])
  return [
    ...(lines.length > 0 ? lines : [`Nothing is scheduled for ${cluster} on this host.`]),
    hung('Last', sayLast(last, lastIs, now)),
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

const saidOfLast: Readonly<Record<Stands['is'], string>> = {
  ended: 'it has ended',
  'at work': 'it is under way',
  hangs: 'it hangs',
  killed: 'it was killed',
  unknown: 'it is under way, or it was killed',
}

function sayLast(last: ScheduleReport['last'], lastIs: ScheduleReport['lastIs'], now: Date): string {
  if (!last) return 'none was begun here yet'
  if ('trouble' in last) return `? ${last.trouble}`
  const began = `began ${ageOf(last.started, now)} ago`
  if (!last.ended) return `${began}; ${saidOfLast[lastIs ?? 'unknown']}`
  const { code, exit, what } = last.ended
  return code === 'DONE' ? `${began}: taken` : `${began}: ${code} (exit ${exit}): ${what}`
}

function sayGood(newest: Newest, now: Date): string {
  if ('unknown' in newest) return `? ${newest.unknown}`
  return newest.good ? `${newest.good.backup}, ${ageOf(newest.good.finished, now)} old` : `none in ${newest.where}`
}

/** Undefined when all is well. */
export function notWell({ problems, next, cluster }: ScheduleReport): DcosctlError | undefined {
  if (problems.length === 0) return undefined
  return new DcosctlError('UNWELL', {
    what: `No backup of ${cluster} can be counted on: ${problems.join('; ')}.`,
    state: 'Nothing was changed.',
    next,
  })
}
