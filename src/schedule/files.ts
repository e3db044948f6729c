// The files of a schedule, as text: a crontab for /etc/cron.d, or a service and its timer. Pure.
import type { CronExpression } from './cron-expression.ts'
import {
  cronCommand,
  NotForSchedule,
  type ScheduledLine,
  shellLine,
  unitCommand,
  unitSetting,
  wordsOf,
} from './line.ts'
import { onCalendar } from './on-calendar.ts'
import { marked, type ScheduleFacts } from './own-file.ts'

export interface Schedule {
  readonly facts: ScheduleFacts
  readonly expression: CronExpression
  readonly line: ScheduledLine
  /** HOME, PATH and what else the line finds there; nothing of it may be secret. */
  readonly environment: Readonly<Record<string, string>>
  readonly mail: string | undefined
}

export interface ScheduleFile {
  readonly path: string
  readonly text: string
}

/**
 * After which a backup that is under way is said to hang. The largest takes hours, and may have waited some for a changing run; after a day
 * a nightly one has cost another night, and somebody has to hear of it. What it hangs on (an NFS server that is gone) may keep it for ever.
 */
export const hangsAfterHours = 24

/** run-parts(8) names, which cron.d wants: no dots. Names of clusters have no underscores. */
const slug = (cluster: string): string => cluster.replaceAll('.', '_')

export const cronPath = (cluster: string): string => `/etc/cron.d/dcosctl-${slug(cluster)}`
export const unitName = (cluster: string): string => `dcosctl-backup-${slug(cluster)}`
export const servicePath = (cluster: string): string => `/etc/systemd/system/${unitName(cluster)}.service`
export const timerPath = (cluster: string): string => `/etc/systemd/system/${unitName(cluster)}.timer`

/** @throws NotForSchedule for a path or value that the system can't hold */
export function filesOf(schedule: Schedule): readonly ScheduleFile[] {
  const { cluster, system } = schedule.facts
  if (system === 'cron') return [{ path: cronPath(cluster), text: marked(schedule.facts, crontab(schedule)) }]
  return [
    { path: servicePath(cluster), text: marked(schedule.facts, service(schedule)) },
    { path: timerPath(cluster), text: marked(schedule.facts, timer(schedule)) },
  ]
}

function crontab({ facts, expression, line, environment, mail }: Schedule): string {
  const settings = { SHELL: '/bin/sh', ...environment, ...(mail === undefined ? {} : { MAILTO: mail }) }
  return [
    `# Backup of the DC/OS cluster ${facts.cluster}. To change it:  dcosctl backup schedule`,
    ...Object.entries(settings).map(([name, value]) => `${name}=${crontabValue(value)}`),
    `${expression.text} ${facts.user} ${cronCommand(shellLine(wordsOf(line)))}`,
    '', // without a line end cron takes the last line for none
  ].join('\n')
}

/** crontab(5): quotes keep blanks; nothing is expanded. */
function crontabValue(value: string): string {
  if (/["'\\\p{Cc}]/u.test(value)) throw new NotForSchedule(`'${value}' can't stand in a crontab`)
  return /^[\w@+=:,./%-]*$/.test(value) ? value : `"${value}"`
}

const service = ({ facts, line, environment }: Schedule): string =>
  `[Unit]
Description=Backup of the DC/OS cluster ${facts.cluster}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=${facts.user}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${unitSetting(`${name}=${value}`)}\n`)
  .join('')}WorkingDirectory=${facts.home.replaceAll('%', '%%')}
ExecStart=${unitCommand(wordsOf(line))}
# 5: it was skipped because a changing run is at work.
SuccessExitStatus=5
# One that hangs is ended, and has failed: the timer starts no other beside it, so that no later night would tell of it.
TimeoutStartSec=${hangsAfterHours}h
`

const timer = ({ facts, expression }: Schedule): string =>
  `[Unit]
Description=When the DC/OS cluster ${facts.cluster} is backed up

[Timer]
# ${expression.text}
${onCalendar(expression)
  .map(line => `OnCalendar=${line}\n`)
  .join('')}AccuracySec=1s
RandomizedDelaySec=${facts.jitter}
Persistent=true

[Install]
WantedBy=timers.target
`
