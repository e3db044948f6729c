// The metrics of the latest backup in Prometheus' text format, for the node exporter's textfile collector. Pure.
import { exitCodes } from '../errors.ts'
import { type Begun, type Ended, type GoodBackup, secondsOf } from './night.ts'

/** `lastSuccess`: the newest backup that this host took; what a failed night must not make forgotten. */
export function metricsText(night: Begun | Ended, lastSuccess: GoodBackup | undefined): string {
  const { cluster } = night
  const over = 'code' in night ? night : night.previous
  // Null: the store was asked and has none. Undefined: nobody could ask it, and this host remembers none.
  const newest = 'code' in night && night.newest !== undefined ? night.newest : lastSuccess
  // An alarm reckons with its age; one that was left out would have none, and a store without a good backup would be in order.
  const newestAt = newest === null ? 0 : stamp(newest?.finished)
  const metrics: readonly (readonly [
    name: string,
    help: string,
    value: number | undefined,
    labels?: object | undefined,
  ])[] = [
    ['last_start_timestamp_seconds', 'When the latest backup began.', stamp(night.started)],
    ['last_end_timestamp_seconds', 'When the latest backup that came to an end did.', stamp(over?.ended)],
    ['last_duration_seconds', 'How long that one took.', over && secondsOf(over)],
    ['last_exit_code', 'Its exit code: 0 taken, 5 skipped, else it failed.', over?.exit],
    ['last_skipped', '1 when it was skipped beside a changing run.', over && Number(over.exit === skipped)],
    ['last_failed', '1 when it failed.', over && Number(over.exit !== 0 && over.exit !== skipped)],
    ['last_success_timestamp_seconds', 'When a backup last ended well on this host.', stamp(lastSuccess?.finished)],
    ['last_success_duration_seconds', 'How long that one took.', lastSuccess && took(lastSuccess)],
    ['newest_good_timestamp_seconds', 'When the newest good backup in the store ended; 0: it has none.', newestAt],
    ['newest_good_bytes', 'Its size in the store.', newest?.bytes],
    ['newest_good_objects', 'How many objects it has.', newest?.objects],
    [
      'newest_good_level',
      'How it was checked: decoded, or stored: its bytes were read back as well.',
      newest ? 1 : undefined,
      newest ? { level: newest.level } : undefined,
    ],
  ]
  return metrics
    .filter(([, , value]) => value !== undefined)
    .map(([name, help, value, labels]) => {
      const full = `dcosctl_backup_${name}`
      const its = labelsText({ cluster: cluster.name, cluster_id: cluster.id, ...labels })
      return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${full}${its} ${value}\n`
    })
    .join('')
}

const skipped = exitCodes.SKIPPED.exit
const took = ({ started, finished }: GoodBackup): number => secondsOf({ started, ended: finished })
const stamp = (moment: string | undefined): number | undefined =>
  moment === undefined ? undefined : Date.parse(moment) / 1000

/** Prometheus' exposition format: backslash, quote and line feed are escaped in label values. */
const labelsText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, found => (found === '\n' ? '\\n' : `\\${found}`))}"`)
    .join(',')}}`
