// The help of every command, held to one golden text. It is what people see first, on terminals of 80 columns.
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..', '..')

/** From the files in `commands/`: `run show`, `backup`, … */
const commands = readdirSync(join(repository, 'commands'), { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
  .map(entry => join(entry.parentPath, entry.name).slice(join(repository, 'commands/').length, -'.ts'.length))
  .map(path => path.split('/').filter(word => word !== 'index'))
  .toSorted((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))

async function helpOf(words: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', OCLIF_COLUMNS: '80' }
  const argv = [join(repository, 'bin/dcosctl'), ...words, '--help']
  const { stdout, stderr } = await promisify(execFile)('/bin/sh', ['-c', 'exec "$0" "$@"', ...argv], { env })
  expect(stderr).toBe('')
  return stdout
}

describe('help', async () => {
  const texts: { readonly name: string; readonly text: string }[] = []
  for (const words of [[], ...commands])
    texts.push({ name: ['dcosctl', ...words].join(' '), text: await helpOf(words) })

  test('is what it was', async () => {
    const whole = texts.map(({ name, text }) => `=== ${name} --help\n${text}`).join('\n')
    await expect(whole).toMatchFileSnapshot('../golden/help.txt')
  })

  // oclif leaves the summary, in the first line, to the terminal to wrap; examples are to be copied whole.
  test.each(texts)('$name fits 80 columns below its summary and above its examples', ({ text }) => {
    const [above = ''] = text.split('\nEXAMPLES\n')
    const wide = above.split('\n').filter((line, index) => index > 0 && line.length > 80)
    expect(wide).toEqual([])
  })

  test.each(texts.slice(1))('$name shows an example', ({ text }) => {
    expect(text).toContain('EXAMPLES')
  })
})
