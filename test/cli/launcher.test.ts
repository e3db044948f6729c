// bin/dcosctl finds a fit Node, runs sources in a checkout and built files in a package, and says what to do where there is no fit Node.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dcosctl-launcher-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A directory for PATH with the programs that the launcher needs and a `node` that says it has this version. */
function pathWithNode(version: string): string {
  const bin = join(folder, 'path')
  mkdirSync(bin, { recursive: true })
  for (const name of ['sh', 'dirname', 'readlink']) symlinkSync(join('/bin', name), join(bin, name))
  writeFileSync(join(bin, 'node'), `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "node $*"\n`)
  chmodSync(join(bin, 'node'), 0o755)
  return bin
}

/** The launcher in a folder of its own, as installed, without a Node beside it. */
function installed(): string {
  const bin = join(folder, 'package', 'bin')
  mkdirSync(bin, { recursive: true })
  cpSync(join(root, 'bin/dcosctl'), join(bin, 'dcosctl'))
  return join(bin, 'dcosctl')
}

const launch = (launcher: string, path: string) =>
  spawnSync(launcher, ['check'], { env: { PATH: path }, encoding: 'utf8' })

test.each(['v22.18.0', 'v24.1.0', 'v26.10.0'])('Node %s is fit', version => {
  const { status, stdout } = launch(installed(), pathWithNode(version))

  expect(status).toBe(0)
  expect(stdout).toContain('bin/run.js check')
})

test.each(['v20.20.2', 'v22.17.9', 'v18.0.0'])('Node %s is not, and the cure is said', version => {
  const { status, stderr } = launch(installed(), pathWithNode(version))

  expect(status).toBe(2)
  expect(stderr).toContain(`needs Node.js 22.18 or newer; ${version} was found`)
  expect(stderr).toContain('install Node.js 22.18 or newer')
})

test('through a symbolic link it finds its own place', () => {
  const link = join(folder, 'dcosctl')
  symlinkSync(installed(), link)

  expect(launch(link, pathWithNode('v26.0.0')).stdout).toContain(`${folder}/package/bin/run.js`)
})

test('what is built answers like the sources', { timeout: 60_000 }, () => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'ignore' })
  const help = (script: string) =>
    execFileSync(process.execPath, [join(root, script), 'upgrade', '--help'], { encoding: 'utf8' })

  expect(help('dist/bin/run.js')).toBe(help('bin/dev.js'))
})
