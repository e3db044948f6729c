// What `inspect zookeeper` of a million znodes costs, and how much memory it takes, as the operator runs it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../lab/paths.ts'
import { writeDataSet } from './data-set.ts'
import { inTurn } from './in-turn.ts'
import { type Cost, cost, medianCost, missing } from './measure.ts'
import { rounded, say } from './report.ts'

const bench = 'inspect'
const rounds = 3
/** 150 MB, and 120 bytes per znode where they are sorted. */
const mostMb = { stats: 150, json: 270 }
const znodes = 1_000_000
const dcosctl = join(repository, 'bin/dcosctl')

const reason = missing({ coreutils: 'sha256sum', zstd: 'zstd' })
if (reason) say({ bench, skipped: reason })
else {
  const root = mkdtempSync(join(tmpdir(), 'dcosctl-bench-inspect-'))
  try {
    for (const [name, records] of [
      ['few changes in the logs', 1000],
      ['100,000 changes in the logs', 100_000],
    ] as const) {
      const folder = join(root, String(records))
      writeDataSet(folder, { znodes, dataBytes: 130, records })
      const inspect = (flags: string) =>
        cost(['sh', '-c', `${dcosctl} inspect zookeeper ${folder} ${flags} >/dev/null`])
      const results = await inTurn<Cost>(rounds, {
        json: () => inspect('--json'),
        stats: () => inspect('--stats --json'),
        zstd: () => cost(['sh', '-c', `cat ${folder}/*/version-2/* | zstd -q -c | zstd -q -d | sha256sum`]),
      })
      for (const what of ['json', 'stats'] as const) {
        const { cpuSeconds, peakMb } = medianCost(results.get(what) ?? [])
        const target = `memory of --${what}, 1 M znodes, ${name}`
        say({ bench, case: `--${what}, ${name}: CPU`, value: rounded(cpuSeconds, 1), unit: 's' })
        const ratio = rounded(peakMb / mostMb[what])
        say({ bench, case: target, value: rounded(peakMb, 0), unit: 'MB' })
        say({ bench, target, ratio, wanted: `<= 1 of ${mostMb[what]} MB`, met: ratio <= 1 })
      }
      const { cpuSeconds } = medianCost(results.get('zstd') ?? [])
      say({
        bench,
        case: `for scale: zstd | zstd -d | sha256sum, ${name}: CPU`,
        value: rounded(cpuSeconds, 1),
        unit: 's',
      })
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
