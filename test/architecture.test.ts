// Imports point one way: the pure parts import nothing of the world, domain folders do not import each other, renderers never reach the engine's hands.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

interface SourceFile {
  readonly path: string
  /** Relative ones as paths from the root; packages and `node:` modules as written. Dynamic imports and types count too. */
  readonly imports: readonly string[]
}

const files: readonly SourceFile[] = ['src', 'commands', 'runbooks'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map(name => read(join(folder, name))),
)

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].flatMap(([, specifier]) => specifier ?? [])
  const imports = specifiers.map(each =>
    each.startsWith('.') ? relative(root, resolve(root, dirname(path), each)) : each,
  )
  return { path, imports }
}

const importsOf = (folder: string) =>
  files
    .filter(({ path }) => path.startsWith(folder))
    .flatMap(({ path, imports }) => imports.map(each => ({ path, each })))

/** What a folder may import, beside itself. */
const allowed: readonly (readonly [folder: string, may: readonly string[]])[] = [
  ['src/plan/', []],
  ['src/cluster/', ['src/plan/']],
  ['runbooks/', ['src/plan/', 'src/cluster/']],
  ['src/engine/', ['src/plan/', 'src/errors.ts', 'node:', 'zod']],
  ['src/output/', ['src/plan/', 'src/engine/', 'src/errors.ts', 'node:', 'listr2']],
]

describe.each(allowed)('%s', (folder, may) => {
  test(`imports only itself and ${may.join(', ') || 'nothing'}`, () => {
    const astray = importsOf(folder).filter(({ each }) => ![folder, ...may].some(prefix => each.startsWith(prefix)))
    expect(astray).toEqual([])
  })
})

const domains = [
  'src/ssh/',
  'src/zookeeper/',
  'src/exhibitor/',
  'src/mesos/',
  'src/marathon/',
  'src/metronome/',
  'src/dcos/',
  'src/store/',
]

test.each(domains)('%s imports no other domain folder, no action, no command', domain => {
  const astray = importsOf(domain).filter(
    ({ each }) =>
      [
        'src/actions/',
        'src/checks/',
        'src/cli/',
        'src/survey/',
        'src/world.ts',
        'commands/',
        'runbooks/',
        ...domains,
      ].some(prefix => each.startsWith(prefix)) && !each.startsWith(domain),
  )
  expect(astray).toEqual([])
})

test('only commands and bin stand above src/cli', () => {
  const astray = importsOf('src/').filter(
    ({ path, each }) => each.startsWith('src/cli/') && !path.startsWith('src/cli/'),
  )
  expect(astray).toEqual([])
})

test('a command file loads nothing but oclif and its flags until it runs', () => {
  const light = ['@oclif/core', 'src/cli/base-command.ts', 'src/cli/run-flags.ts', 'src/cli/word.ts']
  const astray = files
    .filter(({ path }) => path.startsWith('commands/'))
    .flatMap(({ path }) => {
      const head = readFileSync(join(root, path), 'utf8').split('async run()')[0] ?? ''
      return [...head.matchAll(/from\s*'([^']+)'/g)]
        .flatMap(([, specifier]) => specifier ?? [])
        .map(each => (each.startsWith('.') ? relative(root, resolve(root, dirname(path), each)) : each))
        .filter(each => !light.includes(each))
        .map(each => `${path}: ${each}`)
    })
  expect(astray).toEqual([])
})
