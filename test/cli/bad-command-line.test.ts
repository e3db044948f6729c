// Wrong words, wrong files: exit 2, one clear ending, nothing touched; tried on the real command, which needs no cluster for it.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const dcosctl = join(import.meta.dirname, '..', '..', 'bin/dcosctl')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dcosctl-words-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Ended {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

function run(args: readonly string[], input = ''): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: join(folder, 'state') }
  return new Promise(resolve => {
    const child = execFile(dcosctl, [...args], { cwd: folder, env }, (_error, stdout, stderr) =>
      resolve({ exit: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end(input)
  })
}

async function expectUsage(args: readonly string[], says: readonly string[], input?: string): Promise<void> {
  const { exit, stdout, stderr } = await run(args, input)
  for (const words of says) expect(stderr).toContain(words)
  expect(stderr).not.toMatch(/^\s+at .*[:(]|node:internal/m)
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
  expect(existsSync(join(folder, 'state'))).toBe(false)
}

test('no cluster file: the places that were looked at are named', async () => {
  await expectUsage(
    ['check'],
    ['There is no cluster file', 'dcosctl.yaml', '.config/dcosctl/config.yaml', 'dcosctl init'],
  )
  await expectUsage(['backup', '--config', 'mine.yaml'], [join(folder, 'mine.yaml')])
})

test('a cluster file with mistakes: all of them, with line and path', async () => {
  const file = join(folder, 'wrong.yaml')
  await writeFile(
    file,
    'cluster: { name: orchard, id: x }\nmasters:\n  - { name: m1, addres: 10.0.0.11 }\nssh:\n  port: many\n',
  )

  await expectUsage(
    ['upgrade', '--plan', '--config', file],
    [
      `${file} has`,
      'line 1: cluster.id',
      'line 3: masters[0].address',
      'line 3: masters[0].addres is not a key that dcosctl knows',
      'line 5: ssh.port is not a key that dcosctl knows',
      'Nothing was touched.',
      'Code: USAGE (exit 2)',
    ],
  )
})

test('a cluster file that is no YAML', async () => {
  const file = join(folder, 'broken.yaml')
  await writeFile(file, 'cluster: {\nmasters: [\n')

  await expectUsage(['backup', '--config', file], [`${file} has`, 'line '])
})

test('a plan file that is not there asks whether --plan was meant, and none is read from a pipe', async () => {
  await expectUsage(['upgrade', 'plan.json'], ['There is no plan file plan.json', 'dcosctl upgrade --plan'])
  await expectUsage(['upgrade'], ['There is no cluster file'], 'plan.json\n')
})

test.each([
  [['backup', '--nope'], 'Nonexistent flag: --nope'],
  [['upgrade', 'a', 'b'], 'b'],
  [['run', 'resolve', 'masters/m2/upgrade', '--as', 'perhaps', '--reason', 'x'], '--as'],
  [['run', 'abandon'], 'reason'],
  [['upgrade', '--accept', 'everything', '--reason', 'x'], '--accept'],
  [['backup', 'verify', '--level', 'deep'], '--level'],
  [['nonsense'], 'nonsense'],
])('%j is refused by name', async (args, says) => expectUsage(args, [says]))
