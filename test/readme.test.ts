// Keeps the README true: its command lines exist, its table of exit codes is the one of the code, the files it names are there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Config, Parser } from '@oclif/core'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../src/errors.ts'
import { codeSpans, commandLines, root, section } from './readme-text.ts'

const config = await Config.load({ root })
const lines = [...new Set(commandLines().map(words => words.join('\u0000')))].map(line => line.split('\u0000'))

/** The command that these words name, and what is left of them. */
function commandOf(words: readonly string[]) {
  for (let length = words.length; length > 0; length--) {
    const command = config.findCommand(words.slice(0, length).join(':'))
    if (command) return { command, rest: words.slice(length) }
  }
  return undefined
}

describe('a command line in the README names a command with its arguments and flags', () => {
  test.each(lines.map(words => [words.join(' '), words] as const))('dcosctl %s', async (_, words) => {
    if (words[0]?.startsWith('--')) return expect(['--help', '--version']).toContain(words[0])
    const found = commandOf(words)
    expect(found).toBeDefined()
    if (!found || found.rest.includes('--help')) return
    const { flags, baseFlags, args } = await found.command.load()
    await Parser.parse([...found.rest], { flags: { ...baseFlags, ...flags }, args })
  })
})

test('a flag that stands alone in the README is one of some command', () => {
  const named = codeSpans().flatMap(code => /^--([a-z-]+)/.exec(code)?.[1] ?? [])
  const known = new Set(['help', ...config.commands.flatMap(({ flags }) => Object.keys(flags))])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(flag => !known.has(flag))).toEqual([])
})

test('the README shows every command', () => {
  const shown = new Set(lines.map(words => commandOf(words)?.command.id))
  expect(config.commandIDs.filter(id => !shown.has(id))).toEqual([])
})

test('the table of exit codes is the one of the code', () => {
  const rows = section('Exit codes')
    .split('\n')
    .flatMap(line => {
      const [, exit, name, means] = /^\| (\d+) \| (\w*) \| (.*) \|$/.exec(line) ?? []
      return exit === undefined ? [] : [{ exit: Number(exit), name, means }]
    })
  expect(rows).toEqual([
    { exit: 0, name: '', means: 'done, or nothing to do' },
    ...Object.entries(exitCodes).map(([name, { exit, means }]) => ({ exit, name, means })),
  ])
})

test('every file and folder of the project that the README names is there', () => {
  const named = codeSpans().filter(code => /^(bin|commands|runbooks|src|test)\/[\w./-]+$/.test(code))
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter(path => !existsSync(join(root, path)))).toEqual([])
})
