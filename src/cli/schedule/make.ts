// Makes a schedule from flags and the cluster file: what will run, as whom, when, and what it finds in its environment.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ClusterFile } from '../../config/schema.ts'
import { DcosctlError } from '../../errors.ts'
import { NoCronExpression, parseCron } from '../../schedule/cron-expression.ts'
import { filesOf, type Schedule, type ScheduleFile } from '../../schedule/files.ts'
import { NotForSchedule } from '../../schedule/line.ts'
import { durationOf } from '../nightly/options.ts'
import type { Account } from './account.ts'

export interface ScheduleFlags {
  readonly cron?: string | undefined
  readonly system?: 'cron' | 'systemd' | undefined
  readonly jitter?: string | undefined
  readonly 'wait-if-busy'?: string | undefined
  readonly mail?: string | undefined
}

export interface Here {
  readonly file: ClusterFile
  readonly configPath: string
  /** Folder of the checkout or package that is running. */
  readonly root: string
  readonly environment: NodeJS.ProcessEnv
}

export interface MadeSchedule {
  readonly schedule: Schedule
  readonly files: readonly ScheduleFile[]
}

/** @throws DcosctlError USAGE naming what can't be had */
export function makeSchedule(
  flags: ScheduleFlags,
  account: Account,
  { file, configPath, root, environment }: Here,
): MadeSchedule {
  const text = flags.cron ?? file.schedule.cron
  if (text === undefined)
    throw usage('When? Neither --cron nor `schedule: { cron: … }` of the cluster file says it.', ["--cron '0 2 * * *'"])
  const jitter = flags.jitter ?? file.schedule.jitter
  const waitIfBusy = flags['wait-if-busy'] ?? file.schedule.waitIfBusy
  if (waitIfBusy !== undefined) durationOf('wait-if-busy', waitIfBusy)
  const system = flags.system ?? file.schedule.system ?? (existsSync('/etc/cron.d') ? 'cron' : 'systemd')
  if (system === 'systemd' && flags.mail !== undefined)
    throw usage('systemd sends no mail.', [
      'leave --mail out and use `notify:` in the cluster file',
      'or  --system cron',
    ])
  const seconds = durationOf('jitter', jitter)
  const launcher = join(root, 'bin', 'dcosctl')
  try {
    const expression = parseCron(text)
    const schedule: Schedule = {
      facts: {
        cluster: file.cluster.name,
        id: file.cluster.id,
        system,
        cron: expression.text,
        jitter: seconds,
        user: account.name,
        home: account.home,
        launcher,
        config: configPath,
      },
      expression,
      line: {
        launcher,
        config: configPath,
        startWithin: system === 'cron' && seconds > 0 ? jitter : undefined,
        waitIfBusy,
      },
      environment: { HOME: account.home, PATH: pathFor(root), ...carried(environment) },
      mail: mailOf(flags.mail),
    }
    return { schedule, files: filesOf(schedule) }
  } catch (error) {
    if (error instanceof NoCronExpression || error instanceof NotForSchedule) throw usage(`${error.message}.`, [])
    throw error
  }
}

const usage = (what: string, next: readonly string[]) =>
  new DcosctlError('USAGE', { what, state: 'Nothing was changed.', next })

function mailOf(address: string | undefined): string | undefined {
  if (address === undefined || /^[^\s@,'"\\]+(@[^\s@,'"\\]+)?(,[^\s@,'"\\]+(@[^\s@,'"\\]+)?)*$/.test(address))
    return address
  throw new NotForSchedule(`'${address}' is not an address or a list of them`)
}

/** As cron has it, and the folder of Node before it where the launcher has none beside it. */
function pathFor(root: string): string {
  const usual = ['/usr/bin', '/bin']
  const node = dirname(process.execPath)
  const hasOwn = existsSync(join(root, 'node_modules', 'node', 'bin', 'node'))
  return [...(hasOwn || usual.includes(node) ? [] : [node]), ...usual].join(':')
}

/** Variables by which Node and the S3 client reach the outside, and which are no secrets. */
const worthCarrying = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
]

function carried(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found = worthCarrying.flatMap(name => {
    const value = environment[name]
    return value ? [[name, value] as const] : []
  })
  for (const [name, value] of found) {
    const url = URL.parse(value)
    if (url?.username || url?.password || (/_proxy$/i.test(name) && value.includes('@')))
      throw new NotForSchedule(`${name} holds a user or password, and the file can be read by everybody`)
  }
  return Object.fromEntries(found)
}
