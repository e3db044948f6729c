// How fast snapshots are checked and logs replayed on one core, and a server's own restore of the same files beside them.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { writeDataSet } from './data-set.ts'
import { inTurn } from './in-turn.ts'
import { cost, missing } from './measure.ts'
import { median, rounded, say, target } from './report.ts'

const bench = 'decode'
const rounds = 3
const files = { znodes: 1_000_000, dataBytes: 130, records: 500_000 }
const jar = '/usr/share/java/zookeeper.jar'
const ours = join(import.meta.dirname, 'decode-once.ts')
const theirs = join(import.meta.dirname, 'zookeeper-restore/Restore.java')

/** Both print one line: what it took by its own clock, without starting up. */
const said = z.object({ cpuMs: z.number(), count: z.number(), at: z.string() })
const once = (stdout: string): z.output<typeof said> => said.parse(JSON.parse(stdout))
const onOneCore = ['taskset', '-c', '0']
const decode = (what: 'check' | 'replay' | 'restore' | 'inspect' | 'without-logs', root: string) =>
  once(cost([...onOneCore, process.execPath, ours, what, root]).stdout)
const java = (root: string) => {
  const flags = ['-Xmx4g', '-XX:+UseSerialGC', '-Dzookeeper.digest.enabled=false', '-cp', jar]
  return once(cost([...onOneCore, 'java', ...flags, theirs, root]).stdout)
}

const root = mkdtempSync(join(tmpdir(), 'dcosctl-bench-decode-'))
try {
  const bytes = writeDataSet(root, files)
  say({ bench, case: 'size of the files', value: rounded(bytes / 1e6, 0), unit: 'MB' })
  const noJava = missing({ zookeeper: jar, 'default-jdk-headless': 'javac' })
  const results = await inTurn(rounds, {
    check: () => decode('check', root),
    replay: () => decode('replay', root),
    restore: () => decode('restore', root),
    inspect: () => decode('inspect', root),
    withoutLogs: () => decode('without-logs', root),
    ...(noJava ? {} : { java: () => java(root) }),
  })
  const cpuMs = (name: string) => median(results.get(name)?.map(each => each.cpuMs) ?? [])
  const counted = (name: string) => results.get(name)?.[0]?.count ?? 0
  const checked = counted('check') / cpuMs('check') / 1000
  const replayed = counted('replay') / cpuMs('replay')
  say({ bench, case: 'snapshot checked, per second of CPU', value: rounded(checked), unit: 'M znodes' })
  const inspected = counted('inspect') / (cpuMs('inspect') - cpuMs('withoutLogs'))
  const figures = {
    'logs replayed over a whole tree in memory, per second of CPU': [replayed, 0, 'k records'],
    'logs in a state as inspect reads it, per second they add to CPU': [inspected, 0, 'k records'],
    'state without logs as inspect reads it, CPU': [cpuMs('withoutLogs') / 1000, 2, 's'],
    'state with logs as inspect reads it, CPU': [cpuMs('inspect') / 1000, 2, 's'],
  } as const
  for (const [name, [value, digits, unit]] of Object.entries(figures))
    say({ bench, case: name, value: rounded(value, digits), unit })
  const least = { znodes: 1, records: 200 }
  target(bench, 'checks 1 M znodes/s', checked / least.znodes, 1)
  target(bench, 'replays 200 k records/s over a whole tree in memory', replayed / least.records, 1)
  target(bench, 'replays 200 k records/s as inspect does, which follows the logs twice', inspected / least.records, 1)
  if (noJava || !existsSync(theirs)) say({ bench, skipped: `against ZooKeeper: ${noJava}` })
  else {
    const [one] = results.get('restore') ?? []
    const [other] = results.get('java') ?? []
    // A server puts /zookeeper/config into its tree beside what is in the files.
    if (one?.at !== other?.at) throw new Error(`not the same state: ${JSON.stringify({ one, other })}`)
    say({ bench, case: 'tree at the last transaction, CPU', value: rounded(cpuMs('restore') / 1000), unit: 's' })
    say({
      bench,
      case: "the same by ZooKeeper's own FileTxnSnapLog, CPU",
      value: rounded(cpuMs('java') / 1000),
      unit: 's',
    })
    target(bench, "faster than ZooKeeper's own restore", cpuMs('java') / cpuMs('restore'), 1)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
