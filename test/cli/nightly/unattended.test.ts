// What only a person could give is refused before a schedule is installed, everything at once, with the key it stands under.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { refuseWhatNeedsAPerson } from '../../../src/cli/nightly/unattended.ts'
import { parseClusterFile } from '../../../src/config/load.ts'
import type { ClusterFile } from '../../../src/config/schema.ts'
import { DcosctlError } from '../../../src/errors.ts'
import { scratch } from '../../scratch.ts'
import { makeKey } from '../../ssh/keys.ts'

function fileWith(ssh: string, more = ''): ClusterFile {
  const parsed = parseClusterFile(`
cluster: { name: lab, id: 0b767f2a-77c7-4076-9e05-c6ad8e28c8a0 }
masters: [{ name: m1, address: 192.0.2.1 }]
ssh: { config: /dev/null, ${ssh} }
${more}`)
  if ('findings' in parsed) throw new Error(JSON.stringify(parsed.findings))
  return parsed.file
}

/** What it says, '' where nothing is refused. */
async function refusal(file: ClusterFile, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    await refuseWhatNeedsAPerson(file, environment)
    return ''
  } catch (error) {
    if (!(error instanceof DcosctlError)) throw error
    expect(error.code).toBe('REFUSED')
    return [error.message, ...error.next].join('\n')
  }
}

test('a key that lies open is enough, with or without an agent', async () => {
  const { file } = await makeKey(scratch(), 'open')

  expect(await refusal(fileWith(`identities: [${file}]`), { SSH_AUTH_SOCK: '/tmp/agent' })).toBe('')
})

test('a key with a passphrase is named, and what to do', async () => {
  const { file } = await makeKey(scratch(), 'shut', 'sesame')

  const said = await refusal(fileWith(`identities: [${file}]`), { SSH_AUTH_SOCK: '/tmp/agent' })

  expect(said).toContain(`m1: ${file} has a passphrase, and no agent is there at night`)
  expect(said).toContain('ssh-keygen')
})

test('a key with a passphrase beside an open one is left to the log-in', async () => {
  const folder = scratch()
  const [shut, open] = [await makeKey(folder, 'shut', 'sesame'), await makeKey(folder, 'open')]

  expect(await refusal(fileWith(`identities: [${shut.file}, ${open.file}]`))).toBe('')
})

test('a public key whose private half is in the agent is named', async () => {
  const { file } = await makeKey(scratch(), 'key')

  expect(await refusal(fileWith(`identities: [${file}.pub]`))).toContain(`${file}.pub is a public key`)
})

test('secrets from the environment are named by their keys, all at once, and never by their values', async () => {
  const { file } = await makeKey(scratch(), 'open')
  const more = `
zookeeper: { auth: { env: ZK_AUTH } }
notify: { webhook: { url: { env: HOOK } }, ping: { url: 'https://example.com/1', failure: { command: 'exit 1' } } }`

  const said = await refusal(fileWith(`identities: [${file}], sudoPassword: { env: SUDO }`, more), {
    SUDO: 'sesame',
    ZK_AUTH: 'super:sesame',
    HOOK: 'https://example.com/sesame',
  })

  for (const key of ['ssh.sudoPassword', 'zookeeper.auth', 'notify.webhook.url'])
    expect(said).toMatch(new RegExp(`${key} comes from the variable \\w+, which is not there at night`))
  expect(said).toContain("notify.ping.failure can't be read from the command of the cluster file")
  expect(said).not.toContain('sesame')
})

test('a secret in a file is read', async () => {
  const folder = scratch()
  const { file } = await makeKey(folder, 'open')
  const password = join(folder, 'password')
  writeFileSync(password, 'sesame\n')
  chmodSync(password, 0o600)

  expect(await refusal(fileWith(`identities: [${file}], sudoPassword: { file: ${password} }`))).toBe('')
  expect(await refusal(fileWith(`identities: [${file}], sudoPassword: { file: ${password}.gone }`))).toContain(
    'password.gone',
  )
})
