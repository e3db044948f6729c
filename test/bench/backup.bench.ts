// A gigabyte of ZooKeeper's files from a node into S3: dcosctl's copy beside plain tools and beside restic, over the same sshd into the same radosgw. Usage: backup.bench.ts [ROUNDS]
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { newBackupId } from '../../src/store/manifest.ts'
import { labUnavailable, labUp } from '../lab/lab.ts'
import { writeDataSet } from './data-set.ts'
import { inTurn } from './in-turn.ts'
import { type Cost, cost, medianCost, missing } from './measure.ts'
import { rounded, say } from './report.ts'

const bench = 'backup'
const rounds = Number(process.argv[2] ?? 3)
const files = { znodes: 1_500_000, dataBytes: 400, records: 200_000 }
const once = join(import.meta.dirname, 'backup-once.ts')
const verifyOnce = join(import.meta.dirname, 'verify-once.ts')
const copied = z.object({ bytes: z.number(), plainBytes: z.number() })

const reason = labUnavailable() ?? missing({ zstd: 'zstd', rclone: 'rclone', restic: 'restic' })
if (reason) say({ bench, skipped: reason })
else {
  const folder = mkdtempSync(join(tmpdir(), 'dcosctl-bench-'))
  const lab = await labUp({ masters: 1, agents: 1, dir: join(folder, 'lab') })
  try {
    await compare(folder, lab)
  } finally {
    await lab.down()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compare(folder: string, lab: Awaited<ReturnType<typeof labUp>>): Promise<void> {
  const { ssh, s3 } = lab.description
  if (!s3) throw new Error('the lab has no S3')
  const { address, disk } = lab.node('m1')
  const onNode = '/srv/zookeeper'
  say({ bench, case: 'data set', value: rounded(writeDataSet(join(disk, onNode), files) / 1e6, 0), unit: 'MB' })

  const settings = join(folder, 'settings.json')
  writeFileSync(settings, JSON.stringify({ node: { name: 'm1', address, files: onNode }, ssh, s3 }), { mode: 0o600 })
  const env = {
    // Nothing of whoever runs the bench: some settings of AWS' tools are errors to the others.
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
    RCLONE_CONFIG_LAB_TYPE: 's3',
    RCLONE_CONFIG_LAB_PROVIDER: 'Ceph',
    RCLONE_CONFIG_LAB_ENV_AUTH: 'true',
    RCLONE_CONFIG_LAB_ENDPOINT: s3.endpoint,
    RESTIC_PASSWORD: 'bench',
  }
  const onOperator = (argv: readonly string[]) => cost([...lab.operator, ...argv], { env })
  const tar = `${lab.sshArgv('m1').join(' ')} sudo -n tar -C ${onNode} -cf - .`
  const rclone = 'rclone rcat --s3-chunk-size 16M --s3-upload-concurrency 4'
  const node = [process.execPath, '--max-semi-space-size=8'] // as bin/dcosctl starts it
  let said: z.output<typeof copied> | undefined
  let backup = ''
  const dcosctl = (readBack: string) => {
    backup = newBackupId(new Date(), randomBytes(2).toString('hex'))
    const ran = onOperator([...node, once, settings, backup, readBack])
    said = copied.parse(JSON.parse(ran.stdout))
    return ran
  }
  const results = await inTurn<Cost>(rounds, {
    'dcosctl, read back': () => dcosctl('read-back'),
    'dcosctl, not read back': () => dcosctl('not-read-back'),
    'ssh tar | zstd -3 | rclone': round =>
      onOperator(['sh', '-c', `${tar} | zstd -q -3 -c | ${rclone} lab:${s3.bucket}/plain/${round}.tar.zst`]),
    'ssh tar | restic': round => {
      const restic = `restic -q -r s3:${s3.endpoint}/${s3.bucket}/restic-${round}`
      onOperator(['sh', '-c', `${restic} init`])
      return onOperator(['sh', '-c', `${tar} | ${restic} backup --stdin --stdin-filename files.tar`])
    },
  })
  for (const [name, costs] of results) {
    const { wallSeconds, cpuSeconds, peakMb } = medianCost(costs)
    say({ bench, case: `${name}: wall`, value: rounded(wallSeconds, 1), unit: 's' })
    say({ bench, case: `${name}: CPU here`, value: rounded(cpuSeconds, 1), unit: 's' })
    say({ bench, case: `${name}: largest process`, value: rounded(peakMb, 0), unit: 'MB' })
  }
  if (said) say({ bench, case: 'bytes in the store', value: rounded(said.bytes / 1e6, 0), unit: 'MB' })
  const verified = await inTurn<Cost>(rounds, {
    'verify, manifest and checksums': () => onOperator([...node, verifyOnce, settings, backup]),
    'rclone cat | sha256sum': () => onOperator(['sh', '-c', `rclone cat lab:${s3.bucket}/plain/0.tar.zst | sha256sum`]),
  })
  for (const [name, costs] of verified) {
    const { wallSeconds, cpuSeconds } = medianCost(costs)
    say({ bench, case: `${name}: wall`, value: rounded(wallSeconds, 1), unit: 's' })
    say({ bench, case: `${name}: CPU here`, value: rounded(cpuSeconds, 1), unit: 's' })
  }
  const wall = (name: string) => medianCost(results.get(name) ?? []).wallSeconds
  for (const [other, least] of [
    ['ssh tar | zstd -3 | rclone', 0.9],
    ['ssh tar | restic', 1],
  ] as const) {
    for (const own of ['dcosctl, read back', 'dcosctl, not read back']) {
      const ratio = rounded(wall(other) / wall(own))
      say({ bench, target: `${own}: speed of ${other}`, ratio, wanted: `>= ${least}`, met: ratio >= least })
    }
  }
}
