// Reads the README as the tests of it need it: sections, code, and the dcosctl command lines that stand in it.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The text under a heading of the second level, up to the next one. @throws Error where there is none */
export function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`README.md has no section "${heading}"`)
  return text.split('\n## ')[0] ?? ''
}

/** What stands in its fenced blocks of this language. */
export function fenced(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, its, code]) =>
    its === language && code ? code : [],
  )
}

/** Everything in backticks outside fenced blocks. */
export function codeSpans(): readonly string[] {
  const prose = readme.replaceAll(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code ?? [])
}

/** The words after `dcosctl` of every command line in the README, captured output that says what to type included. */
export function commandLines(): readonly (readonly string[])[] {
  const blocks = [...readme.matchAll(/^```\w*\n(.*?)^```$/gms)].flatMap(([, code]) => code?.split('\n') ?? [])
  return [...codeSpans(), ...blocks].flatMap(line => {
    const [, words] = /(?:^|[$/:] +|\/|[|&*] +)dcosctl +(.*)$/.exec(line) ?? []
    return words === undefined ? [] : [shellWords(words)]
  })
}

/** Words as a shell takes them, up to a pipe, a redirection, a list or a comment. Of `done|not-done` the first. */
function shellWords(text: string): readonly string[] {
  const words: string[] = []
  for (const [token, quoted, doubly] of text.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)) {
    if (/^(\||\d?>>?.*|&&|;|#.*)$/.test(token)) break
    words.push(quoted ?? doubly ?? token.split('|')[0] ?? '')
  }
  return words
}
