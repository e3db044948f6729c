// `dcosctl backup prune` as it is typed, for a cluster that does not answer: only the store is asked.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { directoryStore } from '../../src/store/directory.ts'
import { scratch } from '../scratch.ts'
import { addressOf } from '../store/double-store.ts'
import { backupAt, takeBackupAt } from '../store/history.ts'
import { openStore } from '../store/open-store.ts'
import { startS3Double } from '../store/s3-double/s3-double.ts'

const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }
const days = ['2026-11-20T02', '2026-11-21T02', '2026-11-22T02']

let folder = ''
beforeEach(() => {
  folder = scratch()
})

function dcosctl(args: readonly string[], store: object, env: Record<string, string> = {}) {
  const config = join(folder, 'dcosctl.yaml')
  const file = {
    ...{ cluster, masters: [{ name: 'm1', address: '192.0.2.1' }], ssh: {}, store, encryption: 'none' },
    retention: { keep: { last: 1 } },
  }
  writeFileSync(config, JSON.stringify(file)) // JSON is YAML
  return new Promise<{ exit: number; stdout: string; stderr: string }>(ended => {
    const bin = join(import.meta.dirname, '../../bin/dcosctl')
    const environment = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: join(folder, 'state'), ...env }
    execFile(bin, ['backup', 'prune', '--config', config, ...args], { env: environment }, (error, stdout, stderr) =>
      ended({ exit: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })
}

test('with --plan it shows every fate and writes nothing; then it removes, silently, and keeps a journal', async () => {
  const directory = join(folder, 'store')
  mkdirSync(directory)
  for (const day of days) await takeBackupAt(directoryStore(directory), cluster, day)

  const plan = await dcosctl(['--plan'], { directory })
  const before = readdirSync(join(directory, 'orchard'))
  const pruned = await dcosctl([], { directory })

  expect(plan).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringContaining('2 of 3 are removed') })
  expect(before).toHaveLength(3)
  expect(pruned).toEqual({ exit: 0, stdout: '', stderr: '' })
  expect(readdirSync(join(directory, 'orchard'))).toEqual([backupAt('2026-11-22T02')])
  expect(readdirSync(join(folder, 'state/dcosctl/orchard/runs'))).toHaveLength(1)
  expect(await dcosctl([], { directory })).toEqual({ exit: 0, stdout: '', stderr: '' })
  expect(readdirSync(join(folder, 'state/dcosctl/orchard/runs'))).toHaveLength(1) // nothing to do is no run
})

test('a store that refuses in the middle: exit 4, what happened, and the next one goes on', async () => {
  const double = await startS3Double()
  onTestFinished(() => double.stop())
  const store = await openStore(addressOf(double))
  for (const day of days) await takeBackupAt(store, cluster, day)
  const env = { AWS_ACCESS_KEY_ID: double.accessKey, AWS_SECRET_ACCESS_KEY: double.secretKey }
  const s3 = { bucket: 'backups', endpoint: double.endpoint, pathStyle: true }
  const mend = double.inject({ fault: { name: 'error-in-200' }, on: 'DeleteObjects', from: 2 })

  const ended = await dcosctl([], { s3 }, env)
  mend()

  expect(ended).toMatchObject({ exit: 4, stdout: '' })
  expect(ended.stderr).toContain('Pruning did not come to its end: Remove 2026-11-20T020000Z-7f3a failed: ')
  expect(ended.stderr).toContain('1 of 2 are still there')
  expect(ended.stderr).toContain('then try again:  dcosctl backup prune')
  expect(await dcosctl([], { s3 }, env)).toEqual({ exit: 0, stdout: '', stderr: '' })
})
