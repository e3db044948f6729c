// The help of every command, held to a golden text: a change of the surface that others script against is seen in a diff.
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const commands = readdirSync(join(root, 'commands'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => name.replace(/(\/index)?\.ts$/, '').split('/'))
  .toSorted()

async function helpOf(command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'bin/dev.js'), ...command, '--help'], {
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  return stdout
}

test.each(commands.map(words => ({ name: words.join(' '), words })))('dcosctl $name', async ({ name, words }) => {
  const help = await helpOf(words)

  await expect(help).toMatchFileSnapshot(`../golden/help ${name}.txt`)
  expect(help).toContain('EXAMPLES')
  const prose = help.split('EXAMPLES')[0] ?? ''
  for (const line of prose.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(80)
})
