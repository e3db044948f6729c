// What everybody pays at every start: `--version` and `--help` cost at most 150 ms of CPU more than an empty script. On a machine that is slow
// at the moment, where oclif alone takes most of that, the limit is three times what loading oclif costs in the same minute.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Says the CPU that the process used, user and system, when it ends. */
const meter = `data:text/javascript,process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu=' + (user + system) / 1000) })`

/** Least milliseconds of CPU of some runs: other load on the machine only ever adds. */
function leastCpu(args: readonly string[]): number {
  const runs = Array.from({ length: 7 }, () => {
    const { stderr, status } = spawnSync(process.execPath, ['--import', meter, ...args], {
      encoding: 'utf8',
      cwd: root,
    })
    expect(status).toBe(0)
    return Number(/cpu=([\d.]+)/.exec(stderr)?.[1])
  })
  return Math.min(...runs)
}

const loadsOclif = `import('node:module').then(it => { it.enableCompileCache(); return import('@oclif/core') })`

test.each(['--version', '--help'])(
  '%s costs at most 150 ms of CPU more than an empty script, or three times oclif',
  flag => {
    const empty = leastCpu(['--eval', ''])
    const ours = leastCpu([join(root, 'bin/dev.js'), flag])
    const oclif = leastCpu(['--eval', loadsOclif])
    expect(ours - empty).toBeLessThanOrEqual(Math.max(150, 3 * (oclif - empty)))
  },
)
