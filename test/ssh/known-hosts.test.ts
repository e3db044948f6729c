// known_hosts as ssh writes it: plain, with a port, hashed, with wildcards, revoked.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fingerprint, judgeKey, keysFor, knownHostsLine, parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import { makeKey, temporaryFolder } from './keys.ts'

const folder = await temporaryFolder()
afterAll(() => folder.remove())
const key = await makeKey(folder.path, 'one')
const other = await makeKey(folder.path, 'two')
const wire = (pair: { public: string }) => Buffer.from(pair.public.split(' ')[1] ?? '', 'base64')
const verdict = (text: string, host: string, port = 22, shown = wire(key)) =>
  judgeKey(keysFor(parseKnownHosts(text, 'kh'), host, port), shown).is

describe('a host is', () => {
  test.each([
    ['known by its name, whatever the case', 'm1.example,10.0.0.1 KEY', 'M1.Example', 22, 'known'],
    ['unknown on another port', 'm1 KEY', 'm1', 2222, 'unknown'],
    ['known with its port', '[m1]:2222 KEY', 'm1', 2222, 'known'],
    ['known by a wildcard', '*.example KEY', 'm1.example', 22, 'known'],
    ['known by a wildcard for one letter', 'm? KEY', 'm1', 22, 'known'],
    ['unknown where a pattern excludes it', '!m1.example,*.example KEY', 'm1.example', 22, 'unknown'],
    ['changed where only another key is known', 'm1 OTHER', 'm1', 22, 'changed'],
    ['known where one of several keys fits', 'm1 OTHER\nm1 KEY', 'm1', 22, 'known'],
    ['revoked, though it is also known', 'm1 KEY\n@revoked * KEY', 'm1', 22, 'revoked'],
    ['unknown by @cert-authority alone', '@cert-authority * KEY', 'm1', 22, 'unknown'],
    ['unknown where its line is cut short', 'm1 ssh-ed25519 AAAAC3Nza', 'm1', 22, 'unknown'],
    ['not matched by dots as wildcards', 'm1.example KEY', 'm1xexample', 22, 'unknown'],
  ])('%s', (_what, text, host, port, expected) => {
    const filled = text.replaceAll('KEY', key.public).replaceAll('OTHER', other.public)
    expect(verdict(`# comment\n\n${filled} a comment\n`, host, port)).toBe(expected)
  })
})

test('a broken @revoked line is an error, because leaving it out would trust a stolen key', () => {
  expect(() => parseKnownHosts('@revoked * ssh-ed25519 AAAA', 'kh')).toThrow('kh:1')
})

test('a line that we write is read back', () => {
  expect(verdict(knownHostsLine('M1', 2222, wire(key)), 'm1', 2222)).toBe('known')
})

const keygen = '/usr/bin/ssh-keygen'
const why = existsSync(keygen) ? undefined : `there is no ${keygen}`

test.skipIf(why)(
  `lines that ssh-keygen hashed are matched, and fingerprints are as it prints them${why ? ` (skipped: ${why})` : ''}`,
  () => {
    const file = join(folder.path, 'hashed')
    writeFileSync(file, `m1 ${key.public}\n[m2]:2222 ${other.public}\n`)
    execFileSync(keygen, ['-q', '-H', '-f', file], { stdio: 'ignore' })
    const text = readFileSync(file, 'utf8')

    expect(text).not.toMatch(/^(m1|\[m2\])/m)
    expect(verdict(text, 'm1')).toBe('known')
    expect(verdict(text, 'm2', 2222, wire(other))).toBe('known')
    expect(verdict(text, 'm2', 22, wire(other))).toBe('unknown')
    copyFileSync(`${key.file}.pub`, join(folder.path, 'print.pub'))
    expect(execFileSync(keygen, ['-lf', join(folder.path, 'print.pub')]).toString()).toContain(fingerprint(wire(key)))
  },
)
