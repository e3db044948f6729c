// What ~/.ssh/config says about a host: what is honoured, and what is refused by name.
import { expect, test } from 'vitest'
import { parseJump, settingsFor } from '../../src/ssh/ssh-config.ts'

const read = (text: string, host: string, included: Readonly<Record<string, string>> = {}) =>
  settingsFor(text, host, 'me', {
    include: path => (included[path] === undefined ? [] : [{ path, text: included[path] }]),
  })

test('the first value counts, and identity files add up', () => {
  const text = `
host m1 m2
  HostName %h.example
  user core
  IdentityFile "~/.ssh/a key"
Host m* !m2
  User other
  Port 2200
  ProxyJump jump@bastion:22,inner
Host *
  IdentityFile ~/.ssh/b
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/k1 ~/.ssh/k2
`
  expect(read(text, 'm1')).toEqual({
    hostName: 'm1.example',
    user: 'core',
    port: 2200,
    identityFiles: ['~/.ssh/a key', '~/.ssh/b'],
    identitiesOnly: true,
    proxyJump: ['jump@bastion:22', 'inner'],
    userKnownHostsFiles: ['~/.ssh/k1', '~/.ssh/k2'],
  })
  expect(read(text, 'm2')).not.toHaveProperty('port')
  expect(read(text, 'x')).toEqual({
    identityFiles: ['~/.ssh/b'],
    identitiesOnly: true,
    userKnownHostsFiles: ['~/.ssh/k1', '~/.ssh/k2'],
  })
})

test('an included file counts where it stands, and does not end the block that includes it', () => {
  const text = 'Host m1\n  Include extra\n  Port 2200\nHost *\n  User late'
  const included = { extra: 'User early\nHost nobody\n  Port 1' }

  expect(read(text, 'm1', included)).toMatchObject({ user: 'early', port: 2200 })
  expect(read(text, 'm2', included)).toMatchObject({ user: 'late' })
})

test('a file that includes itself is an error, not a hang', () => {
  expect(() => read('Include self', 'm1', { self: 'Include self' })).toThrow('includes itself')
})

test('Match host and Match all are honoured', () => {
  const text = 'Match host m1,m2\n  User core\nMatch all\n  Port 2200'

  expect(read(text, 'm2')).toMatchObject({ user: 'core', port: 2200 })
  expect(read(text, 'm3')).toEqual({ port: 2200, identityFiles: [], identitiesOnly: false })
})

test.each([
  ['ProxyCommand nc %h %p', 'proxycommand'],
  ['CertificateFile ~/.ssh/id-cert.pub', 'certificatefile'],
  ['HostKeyAlias other', 'hostkeyalias'],
  ['CanonicalizeHostname yes', 'canonicalizehostname'],
])('%s is refused by name, where it is about this host', (line, name) => {
  expect(() => read(`Host m1\n  ${line}`, 'm1')).toThrow(name)
  expect(read(`Host m1\n  ${line}`, 'm2')).toMatchObject({ identityFiles: [] })
})

test('Match exec is refused without running anything', () => {
  expect(() => read('Match exec "touch /tmp/never"\n  User x', 'm1')).toThrow('Match exec')
})

test('jump hosts are read in all of ssh’s notations', () => {
  expect(parseJump('bastion')).toEqual({ host: 'bastion' })
  expect(parseJump('me@bastion:2222')).toEqual({ host: 'bastion', user: 'me', port: 2222 })
  expect(parseJump('ssh://me@[fe80::1]:2222')).toEqual({ host: 'fe80::1', user: 'me', port: 2222 })
  expect(() => parseJump('me@bastion:99999')).toThrow('no port')
})
