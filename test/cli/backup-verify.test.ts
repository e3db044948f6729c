// `dcosctl backup verify` as it is typed, where there is nothing to verify: that is not well, however many were asked for.
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { directoryStore } from '../../src/store/directory.ts'
import { scratch } from '../scratch.ts'
import { takeBackupAt } from '../store/history.ts'

const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }

function orchard() {
  const folder = scratch()
  const directory = join(folder, 'store')
  mkdirSync(directory)
  const config = join(folder, 'dcosctl.yaml')
  const masters = [{ name: 'm1', address: '192.0.2.1' }]
  const file = { cluster, masters, ssh: {}, store: { directory }, encryption: 'none' }
  writeFileSync(config, JSON.stringify(file)) // JSON is YAML
  const verify = (...args: readonly string[]) =>
    new Promise<{ exit: number; stdout: string; stderr: string }>(ended => {
      const bin = join(import.meta.dirname, '../../bin/dcosctl')
      const env = { PATH: process.env.PATH, HOME: folder }
      execFile(bin, ['backup', 'verify', '--config', config, ...args], { env }, (error, stdout, stderr) =>
        ended({ exit: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
      )
    })
  return { directory, verify }
}

test.for([
  ['the newest', []],
  ['all', ['--all']],
] as const)('a store without a backup is not well to whoever verifies %s', async ([, args]) => {
  const { directory, verify } = orchard()

  const [text, json] = await Promise.all([verify(...args), verify(...args, '--json')])

  const what = `There is no backup of orchard in ${directory}.`
  expect(text).toEqual({
    ...{ exit: 3, stdout: '' },
    stderr: `Stopped: ${what}\nNothing was changed.\nCode: UNWELL (exit 3)\nTry this:\n  * take one:  dcosctl backup\n`,
  })
  expect(json).toMatchObject({ exit: 3 })
  expect(JSON.parse(json.stdout)).toMatchObject({
    error: { code: 'UNWELL', exit: 3, what, next: ['take one:  dcosctl backup'] },
  })
})

test('a store that has backups of another cluster alone is not well with --all', async () => {
  const { directory, verify } = orchard()
  const another = { ...cluster, id: 'aa11bb22-0000-4000-8000-00000000beef' }
  await takeBackupAt(directoryStore(directory), another, '2026-11-20T02')

  expect(await verify('--all')).toMatchObject({ exit: 3, stderr: expect.stringContaining('There is no backup') })
})
