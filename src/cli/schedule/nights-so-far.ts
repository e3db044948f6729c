// Whether the next backup can be counted on, by what has become of the nights so far: how the last one ended, and how old the newest good one is.
// Pure.
import { previousRuns } from '../../schedule/cron-expression.ts'
import type { ScheduleFacts } from '../../schedule/own-file.ts'
import { ageOf, type Newest } from '../nightly/newest-good.ts'
import type { LastBackup } from '../nightly/record.ts'
import type { Stands } from '../nightly/under-way.ts'

export interface Problem {
  readonly what: string
  /** What to type. */
  readonly next: string
}

const seeWhy = 'take one, and see why it fails:  dcosctl backup'

export function lastProblem({ started, ended }: LastBackup, stands: Stands): Problem | undefined {
  switch (stands.is) {
    case 'ended':
      if (!ended || ended.exit === 0 || ended.code === 'SKIPPED') return undefined
      return { what: `the last one failed (${ended.code}, exit ${ended.exit})`, next: seeWhy }
    case 'killed':
      return {
        what: `the last one, begun ${started}, never ended, and its process ${stands.pid} is gone`,
        next: seeWhy,
      }
    case 'hangs':
      return {
        what: `the last one, begun ${started}, hangs: its process ${stands.pid} is still there`,
        next: `end it, then take one:  kill ${stands.pid}`,
      }
    case 'at work':
    case 'unknown':
      return undefined
  }
}

export interface Scheduled {
  readonly facts: Pick<ScheduleFacts, 'cron' | 'jitter'>
  /**
   * When its file was last written: nights before it were not this schedule's. No record says when a schedule was installed; where
   * somebody else touches the file, a night fewer is judged.
   */
  readonly since: Date
}

/** Milliseconds that cron, which looks once a minute, and a loaded host may need beside the jitter until the night's record is there. */
const grace = 5 * 60_000

/**
 * A single night may be skipped beside a changing run, so that the newest may be two intervals old, but no older; where there is none at all
 * one night is enough. Nights are counted rather than hours, for those of `30 1 * * 1-5` are not a day apart.
 * @param until now; while a backup is under way its beginning, for that night is not over
 */
export function newestProblem(newest: Newest, scheduled: Scheduled, until: Date, now: Date): Problem | undefined {
  if ('unknown' in newest)
    return {
      what: `how old the newest good backup is can't be seen (${newest.unknown})`,
      next: 'see why the store does not answer:  dcosctl backup list',
    }
  const { good, where } = newest
  const [latest, before] = nightsDue(scheduled, until)
  if (!good)
    return (
      latest && { what: `there is no good backup in ${where}, and one was due ${latest.toISOString()}`, next: seeWhy }
    )
  if (!before || Date.parse(good.finished) >= before.getTime()) return undefined
  const age = ageOf(good.finished, now)
  return { what: `the newest good backup, ${good.backup}, is ${age} old, and two were due since`, next: seeWhy }
}

/** The latest two, newest first. */
function nightsDue({ facts: { cron, jitter }, since }: Scheduled, until: Date): readonly Date[] {
  const over = new Date(until.getTime() - jitter * 1000 - grace)
  return previousRuns({ text: cron }, 2, over).filter(night => night > since)
}
