// What a cluster file's mistakes look like: all at once, each with its line and path.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDuration, sayDuration } from '../../src/config/duration.ts'
import { clusterFilePlaces, type Finding, loadClusterFile, parseClusterFile } from '../../src/config/load.ts'
import { readSecret } from '../../src/config/secret-source.ts'

const good = `cluster: { name: orchard, id: 0b767f2a-77c7-4076-9e05-c6ad8e28c8a0 }
masters:
  - { name: m1, address: 10.0.0.11 }
  - { name: m2, address: 10.0.0.12 }
  - { name: m3, address: 10.0.0.13 }
ssh: { user: core }
`

function findingsOf(text: string): readonly Finding[] {
  const parsed = parseClusterFile(text)
  return 'findings' in parsed ? parsed.findings : []
}

test('a small file is whole, with every default filled in', () => {
  const parsed = parseClusterFile(good)
  if (!('file' in parsed)) throw new Error(JSON.stringify(parsed.findings))

  expect(parsed.file.patience.master).toEqual({ within: '15m', every: '5s', steady: '10s' })
  expect(parsed.file.upgrade.agents).toMatchObject({ atMost: 1, canaries: 1, failures: 0 })
  expect(parsed.file.store).toBeUndefined()
})

describe('findings', () => {
  test('unknown keys and wrong types are told together, by line and path', () => {
    const findings = findingsOf(`cluster: { name: orchard, id: not-an-id }
masters:
  - { name: m1, address: 10.0.0.11, adress: 1 }
  - { name: m2, address: 10.0.0.300 }
  - { name: 3, address: 10.0.0.13 }
ssh:
  user: core
  usr: root
patience:
  master: { within: soon }
upgrade:
  agents:
    atMost: none
stoer: { directory: /backups }
`)

    expect(findings.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 cluster.id',
      '3 masters[0].adress',
      '4 masters[1].address',
      '5 masters[2].name',
      '8 ssh.usr',
      '10 patience.master.within',
      '13 upgrade.agents.atMost',
      '14 stoer',
    ])
    for (const { says } of findings) expect(says).toMatch(/\w/)
    expect(findings[1]?.says).toBe('is not a key that dcosctl knows')
  })

  test.each([
    ['a secret written into the file', 'ssh: { user: core, sudoPassword: hunter2 }\n', 'ssh.sudoPassword'],
    ['an S3 store without a bucket', 'store: { s3: { region: x } }\nencryption: none\n', 'store.s3.bucket'],
    ['an encryption that is no recipient', 'encryption: [ssh-rsa]\n', 'encryption[0]'],
    ['an agent without an address', 'nodes: { a1: { user: x } }\n', 'nodes.a1'],
  ])('%s', (_what, more, path) => {
    const base = more.startsWith('ssh:') ? good.replace(/^ssh:.*\n/m, '') : good
    const findings = findingsOf(base + more)

    expect(findings.map(finding => finding.path)).toEqual([path])
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  test('rules between parts: an even number of masters, names twice, a store that does not say how it is encrypted', () => {
    const two = good.replace(/ {2}- \{ name: m3.*\n/, '')
    expect(findingsOf(two)).toMatchObject([
      { line: 2, path: 'masters', says: expect.stringContaining('names 2 masters') },
    ])
    expect(findingsOf(good.replace('name: m3', 'name: m1'))).toMatchObject([
      { line: 5, path: 'masters[2].name', says: 'm1 stands already at masters.0.name' },
    ])
    expect(findingsOf(`${good}store: { directory: /b }\n`)).toMatchObject([
      { line: 7, path: 'store', says: expect.stringContaining('encryption') },
    ])
  })

  test.each(['', '[]', 'just words', '- 1\n- 2\n', '0'])('a file that holds %j', text => {
    expect(findingsOf(text).length).toBeGreaterThan(0)
  })

  test('broken YAML is told by its line, and a key that stands twice', () => {
    expect(findingsOf('cluster:\n  name: "orchard\nmasters: [\n')[0]?.line).toBeGreaterThan(1)
    expect(findingsOf(`${good}ssh: { user: root }\n`)[0]).toMatchObject({
      line: 7,
      says: expect.stringContaining('unique'),
    })
  })
})

describe('the file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dcosctl-config-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is the named one, else in this folder, else at home', () => {
    expect(clusterFilePlaces('a.yaml', { DCOSCTL_CONFIG: '/b.yaml' }, '/home/ann')).toEqual(['/home/ann/a.yaml'])
    expect(clusterFilePlaces(undefined, { DCOSCTL_CONFIG: '/b.yaml' }, '/home/ann')).toEqual(['/b.yaml'])
    expect(clusterFilePlaces(undefined, { HOME: '/home/anna' }, '/home/ann')).toEqual([
      '/home/ann/dcosctl.yaml',
      '/home/anna/.config/dcosctl/config.yaml',
    ])
  })

  test('that has mistakes, or is not there, or is a folder, is a matter of usage', async () => {
    const file = join(folder, 'dcosctl.yaml')
    await writeFile(file, good.replace('masters', 'maesters'))

    await expect(loadClusterFile([file])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('line 2: maesters'),
    })
    await expect(loadClusterFile(['/nowhere/x.yaml'])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('/nowhere/x.yaml'),
    })
    await expect(loadClusterFile([folder])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('EISDIR'),
    })
  })

  test('names sources of secrets, whose value is in no error', async () => {
    const secret = join(folder, 'secret')
    await writeFile(secret, 'hunter2\r\n')

    expect((await readSecret('It', { file: secret }, {})).reveal()).toBe('hunter2')
    expect((await readSecret('It', { env: 'A' }, { A: 'hunter2' })).reveal()).toBe('hunter2')
    expect((await readSecret('It', { command: `cat ${secret}` }, {})).reveal()).toBe('hunter2')
    await expect(readSecret('It', { env: 'B' }, {})).rejects.toThrow('It is empty in the environment variable B.')
    await expect(readSecret('It', { file: '/nowhere' }, {})).rejects.toThrow("It can't be read from the file /nowhere")
    const failed = await readSecret('It', { command: 'echo hunter2; exit 1' }, {}).catch((error: Error) => error)
    expect(String(failed)).toContain("can't be read from the command of the cluster file")
    expect(JSON.stringify(failed) + String(failed)).not.toContain('hunter2')
  })
})

test.each([
  ['90s', 90],
  ['10m', 600],
  ['1h30m', 5400],
  ['0.5s', 0.5],
  ['0s', 0],
])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

test.each(['', '10', 's', '10 s', '-1s', '1m1h', '10ms', '1e3s', 'soon'])('%j is no duration', text =>
  expect(parseDuration(text)).toBeUndefined(),
)

test.each([
  [0, '0 s'],
  [0.25, '0.3 s'],
  [90, '1 min 30 s'],
  [3600, '1 h'],
])('%d s are said as %s', (seconds, said) => expect(sayDuration(seconds)).toBe(said))
