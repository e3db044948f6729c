// The lab finds Debian's mirror in both formats of apt's sources, and says what is missing where there is none.
import { expect, test } from 'vitest'
import { deb822, oneLine, sourceOf } from './apt-sources.ts'

test('a stanza gives one source per address, with all its suites', () => {
  const text = `# The installer wrote this
Types: deb deb-src
# an older one
URIs: http://one.example/debian
  http://two.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`
  const common = {
    suites: ['bookworm', 'bookworm-updates'],
    components: ['main', 'contrib'],
    keyring: '/usr/share/keyrings/debian.gpg',
  }
  expect(deb822(text)).toEqual([
    { uri: 'http://one.example/debian', ...common },
    { uri: 'http://two.example/debian', ...common },
  ])
})

test('a key that stands in the stanza itself is no keyring file', () => {
  const text = `Types: deb
URIs: http://one.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
 -----END PGP PUBLIC KEY BLOCK-----
`
  expect(deb822(text)).toMatchObject([{ uri: 'http://one.example/debian', keyring: undefined }])
})

test('one-line sources are read with options and comments, and switched-off ones are not', () => {
  const text = `deb [arch=amd64 signed-by=/k.gpg] https://one.example/debian bookworm main contrib # mine
# deb http://off.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb http://two.example/debian-security bookworm-security main
`
  expect(oneLine(text)).toEqual([
    { uri: 'https://one.example/debian', suites: ['bookworm'], components: ['main', 'contrib'], keyring: '/k.gpg' },
    {
      uri: 'http://two.example/debian-security',
      suites: ['bookworm-security'],
      components: ['main'],
      keyring: undefined,
    },
  ])
})

test("the first source with the suite's main component is taken; without one the cure is said", () => {
  const sources = oneLine(`deb cdrom:[Debian]/ bookworm main
deb http://security.example/debian bookworm-security main
deb http://extra.example/debian bookworm contrib
deb http://main.example/debian bookworm main
`)
  expect(sourceOf('bookworm', sources).uri).toBe('http://main.example/debian')
  expect(() => sourceOf('bookworm', oneLine('deb http://one.example/debian trixie main'))).toThrow(
    /Debian bookworm, but this machine's apt sources name trixie\.\nAdd a source/,
  )
})
