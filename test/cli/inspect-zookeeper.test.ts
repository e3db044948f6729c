// `inspect zookeeper` as somebody at a prompt or a script uses it, on directories of real servers and on damaged ones.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { inspectZookeeper, type Wanted } from '../../src/cli/inspect/zookeeper.ts'
import { manifestBytes } from '../../src/store/manifest.ts'
import { damagedNames, fixture, truth, verdicts, wholeNames } from '../zookeeper/files/fixtures.ts'

const root = resolve(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'inspect-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** The command in a process of its own. */
function dcosctl(...args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(root, 'bin/dev.js'), 'inspect', 'zookeeper', ...args],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  return { lines: stdout.split('\n').slice(0, -1), stderr, status }
}

/** What the command does, without a process. */
async function inspected(files: string, wanted: Partial<Wanted> = {}) {
  let text = ''
  const out = new Writable({
    write(piece, _, done) {
      text += String(piece)
      done()
    },
  })
  const { ending, json } = await inspectZookeeper({ files, stats: false, log: false, json: false, ...wanted }, out)
  return { lines: text.split('\n').slice(0, -1), exit: ending?.exitCode ?? 0, ending, json }
}

const summary = z.looseObject({
  zxid: z.string().nullable(),
  znodes: z.number(),
  claim: z.string(),
  notes: z.array(z.strictObject({ file: z.string(), offset: z.number(), expected: z.string(), saw: z.string() })),
})
const firstOf = (lines: readonly string[]) => summary.parse(JSON.parse(lines[0] ?? ''))

test.each(wholeNames)('%s: --json prints the lines that ZooKeeper itself would, and ends with 0', async name => {
  const { lines, exit } = await inspected(fixture(name), { json: true })
  const wanted = truth(`${name}.expected.jsonl.gz`)
  expect(firstOf(lines)).toMatchObject({ claim: 'exact', zxid: wanted.summary.zxid, znodes: wanted.znodes.length })
  expect(lines.slice(1)).toEqual(wanted.znodes)
  expect(exit).toBe(0)
})

test.each(verdicts.map(verdict => [verdict.name, verdict] as const))(
  '%s: ends with 0 where all can be had, else with 3 and the tree up to the damage',
  async (name, verdict) => {
    const { lines, exit } = await inspected(fixture(name), { json: true })
    const file = verdict.upToDamageFile ?? verdict.expectedFile ?? `${verdict.sameAs}.expected.jsonl.gz`
    expect(lines.slice(1)).toEqual(truth(file).znodes)
    const first = firstOf(lines)
    const lost = verdict.upToDamageFile !== undefined || name === 'damaged-log-flip-eor'
    expect({ claim: first.claim, exit }).toEqual(
      lost ? { claim: 'up-to-damage', exit: 3 } : { claim: 'exact', exit: 0 },
    )
    if (lost) expect(first.notes).not.toEqual([])
  },
)

test('every damaged directory was looked at', () => {
  expect(damagedNames.toSorted()).toEqual(verdicts.map(({ name }) => name).sort())
})

test('the process itself: lines on stdout, nothing on stderr, exit 0', () => {
  const { lines, stderr, status } = dcosctl(fixture('3.4.14-quirks'), '--json')
  expect(lines.slice(1)).toEqual(truth('3.4.14-quirks.expected.jsonl.gz').znodes)
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('the process itself, on damage: the lines up to it, what was lost on stderr, exit 3', () => {
  const { lines, stderr, status } = dcosctl(fixture('damaged-log-flip'), '--json')
  expect(lines.slice(1)).toEqual(truth('damaged-log-flip.up-to-damage.jsonl.gz').znodes)
  expect(stderr).toContain('whole only up to 0x20000026f')
  expect(stderr).toContain('log.200000250, byte 6683')
  expect(stderr).toContain('UNWELL (exit 3)')
  expect(status).toBe(3)
})

test('the process itself, where nothing may be trusted: one line without znodes, exit 3', () => {
  const { lines, stderr, status } = dcosctl(fixture('apache-upgrade'), '--json')
  expect(lines).toHaveLength(1)
  expect(firstOf(lines)).toMatchObject({ claim: 'none', znodes: 0, zxid: null })
  expect(stderr).toContain('before 3.0')
  expect(status).toBe(3)
})

test('a reader that has seen enough ends it quietly', async () => {
  const child = spawn(process.execPath, [
    join(root, 'bin/dev.js'),
    'inspect',
    'zookeeper',
    fixture('3.4.14-stopped'),
    '--json',
  ])
  let stderr = ''
  child.stderr.on('data', piece => {
    stderr += String(piece)
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [status] = await once(child, 'close')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

const small = fixture('3.4.14-small')
const smallTruth = truth('3.4.14-small.expected.jsonl.gz')

test('a folder, a tar and a tar.zst of the same files give the same as the tar.gz', async () => {
  const tar = gunzipSync(readFileSync(small))
  writeFileSync(join(scratch, 'small.tar'), tar)
  writeFileSync(join(scratch, 'small.tar.zst'), zstdCompressSync(tar))
  mkdirSync(join(scratch, 'small'))
  expect(spawnSync('tar', ['-xf', join(scratch, 'small.tar'), '-C', join(scratch, 'small')]).status).toBe(0)
  for (const path of ['small.tar', 'small.tar.zst', 'small']) {
    const { lines, exit } = await inspected(join(scratch, path), { json: true })
    expect(lines.slice(1)).toEqual(smallTruth.znodes)
    expect(exit).toBe(0)
  }
})

test.each([
  ['small-cut.tar.gz', () => readFileSync(small).subarray(0, 60_000)],
  ['small-cut.tar', () => gunzipSync(readFileSync(small)).subarray(0, 300_000)],
  ['small-cut.tar.zst', () => zstdCompressSync(gunzipSync(readFileSync(small))).subarray(0, 60_000)],
  ['no.tar', () => Buffer.from('this is no archive at all')],
  ['empty.tar.gz', () => Buffer.alloc(0)],
])('an archive that was cut off or is none (%s): nothing may be trusted, exit 3', async (name, bytes) => {
  writeFileSync(join(scratch, name), bytes())
  const { lines, exit } = await inspected(join(scratch, name), { json: true })
  expect(lines).toHaveLength(1)
  expect(firstOf(lines)).toMatchObject({ claim: 'none', znodes: 0 })
  expect(exit).toBe(3)
  expect((await inspected(join(scratch, name), { log: true })).exit).toBe(3)
})

test('what is not there, is encrypted or is no archive is refused before anything is read', async () => {
  writeFileSync(join(scratch, 'files.tar.zst.age'), '')
  writeFileSync(join(scratch, 'snapshot.1'), '')
  await expect(inspected(join(scratch, 'nothing'))).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('There is no'),
  })
  await expect(inspected(join(scratch, 'files.tar.zst.age'))).rejects.toMatchObject({
    exitCode: 2,
    next: [expect.stringContaining('age --decrypt')],
  })
  await expect(inspected(join(scratch, 'snapshot.1'))).rejects.toMatchObject({ exitCode: 2 })
  await expect(inspected(small, { at: '20000028f' })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('0x'),
  })
  await expect(inspected(small, { path: 'mesos' })).rejects.toMatchObject({ exitCode: 2 })
})

test('--at gives the tree at that transaction; one behind the end of the files is not had, and said', async () => {
  const before = await inspected(small, { json: true, at: '0x20000026f' })
  expect(before.lines.slice(1)).toEqual(truth('damaged-log-flip.up-to-damage.jsonl.gz').znodes)
  expect(firstOf(before.lines)).toMatchObject({ zxid: '0x20000026f', claim: 'exact' })
  expect(before.exit).toBe(0)

  const behind = await inspected(small, { json: true, at: '0x2000002ff' })
  expect(firstOf(behind.lines)).toMatchObject({ zxid: '0x20000028f', claim: 'up-to-damage' })
  expect(behind.ending?.message).toContain('reaches only to 0x20000028f, not to 0x2000002ff')
  expect(behind.exit).toBe(3)
})

test('--path --json: the first line counts, and the znode and all below it follow', async () => {
  const { lines, exit } = await inspected(small, { json: true, path: '/mesos' })
  const below = smallTruth.znodes.filter(line => /^\{"path":"\/mesos["/]/.test(line))
  expect(lines.slice(1)).toEqual(below)
  expect(firstOf(lines).znodes).toBe(below.length)
  expect(exit).toBe(0)
  const whole = await inspected(small, { json: true, path: '/' })
  expect(whole.lines.slice(1)).toEqual(smallTruth.znodes)
})

test('--path shows a znode to a person: its stat as a client sees it, ACL, data, children', async () => {
  const text = await inspected(small, { path: '/cluster-id' })
  expect(text.lines.slice(4)).toEqual([
    '/cluster-id',
    '  created   0x100000002  2026-11-20T16:52:54.358Z',
    '  data set  0x200000213  2026-11-20T16:53:10.335Z  version 3',
    '  children  0x100000002  0 now  cversion 0',
    '  lives     until it is deleted',
    '  ACL       world:anyone:cdrwa  aversion 0',
    '',
    'Data, 36 B:',
    '  f089d702-16fd-42df-a9db-54083fd257b5',
    '',
    'No children.',
  ])
  const parent = await inspected(small, { path: '/mesos' })
  expect(parent.lines.filter(line => line.includes('  /mesos/'))).toHaveLength(4)
  const leader = await inspected(small, { path: '/mesos/json.info_0000000019' })
  expect(leader.lines.join('\n')).toMatch(/lives {5}as long as session 0x[0-9a-f]+ \(ephemeral\)/)
})

test('data that is no text is shown as bytes, and nothing in it reaches the terminal as it is', async () => {
  const { lines } = await inspected(fixture('3.4.14-stopped'), { json: true })
  const binary = lines.slice(1).map(line => statLine.parse(JSON.parse(line)))
  const odd = binary.find(({ dataBase64 }) => Buffer.from(dataBase64 ?? '', 'base64').includes(0x1b))
  if (!odd) throw new Error('no znode of the fixture has an escape character in its data')
  const shown = await inspected(fixture('3.4.14-stopped'), { path: odd.path })
  expect(shown.lines.join('')).not.toContain('\u001b')
  expect(shown.lines.join('\n')).toMatch(/\n {2}00000000 {2}([0-9a-f]{2} )+/)
})

test('--path of a znode that is not there ends with 3 and says how to see who deleted it', async () => {
  const { lines, ending } = await inspected(small, { path: '/marathon/state/apps/4/g1_app-b14' })
  expect(lines.at(-1)).toBe('There is no /marathon/state/apps/4/g1_app-b14.')
  expect(ending).toMatchObject({
    exitCode: 3,
    next: [expect.stringContaining('--log --path /marathon/state/apps/4/g1_app-b14')],
  })
})

const statLine = z.object({ path: z.string(), dataBase64: z.string().nullable(), acl: z.array(z.unknown()) })
const row = z.object({
  path: z.string(),
  znodes: z.number(),
  bytes: z.number(),
  min: z.number(),
  mean: z.number(),
  p99: z.number(),
  max: z.number(),
  withoutAcl: z.number(),
})
const statsJson = z.looseObject({
  subtrees: z.array(row),
  whole: row.omit({ path: true }),
  foreign: z.array(z.string()),
})

test.each([
  ['3.4.14-stopped', 1],
  ['3.4.14-quirks', 2],
  ['3.8.0-stopped', 3],
] as const)('--stats of %s at depth %i are those counted from ZooKeeper’s own dump', async (name, depth) => {
  const { json } = await inspected(fixture(name), { stats: true, depth, json: true })
  const { subtrees, whole } = statsJson.parse(json)
  const znodes = truth(`${name}.expected.jsonl.gz`).znodes.map(line => statLine.parse(JSON.parse(line)))
  const counted = (part: typeof znodes) => {
    const sizes = part.map(({ dataBase64 }) => Buffer.from(dataBase64 ?? '', 'base64').length).sort((a, b) => a - b)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    return {
      znodes: part.length,
      bytes,
      min: sizes[0],
      mean: Math.round((10 * bytes) / part.length) / 10,
      p99: sizes[Math.ceil(part.length * 0.99) - 1],
      max: sizes.at(-1),
      withoutAcl: part.filter(({ acl }) => JSON.stringify(acl) === '[{"perms":31,"scheme":"world","id":"anyone"}]')
        .length,
    }
  }
  const groups = Map.groupBy(znodes, ({ path }) =>
    path === '/'
      ? '/'
      : path
          .split('/')
          .slice(0, depth + 1)
          .join('/'),
  )
  expect(subtrees).toEqual([...groups].map(([path, part]) => ({ path, ...counted(part) })))
  expect(whole).toEqual(counted(znodes))
})

test('--stats names the top-level znodes that DC/OS does not make', async () => {
  const { lines } = await inspected(small, { stats: true })
  expect(lines.at(-1)).toContain('Foreign top-level znodes (not made by DC/OS): /dcos-net, /registry, /unicode')
  expect(lines.at(-2)).toMatch(/^Without ACL \(world:anyone:cdrwa\): \d+ of 411 znodes\.$/)
})

const change = z.looseObject({
  zxid: z.string(),
  time: z.number(),
  session: z.string(),
  op: z.string(),
  path: z.string().optional(),
})

test('--log --path tells who changed and who deleted a znode, and when', async () => {
  const { lines, exit } = await inspected(small, { log: true, json: true, path: '/marathon/state/apps/4/g1_app-b14' })
  const changes = lines.map(line => change.parse(JSON.parse(line)))
  expect(changes.at(0)?.op).toBe('create')
  expect(changes.slice(-2)).toMatchObject([
    { zxid: '0x20000027e', op: 'setData', version: 2, bytes: 100 },
    { zxid: '0x20000028b', op: 'delete', session: '0x20000589add0002', time: Date.parse('2026-11-20T16:53:10.784Z') },
  ])
  expect(exit).toBe(0)
  const text = await inspected(small, { log: true, path: '/marathon/state/apps/4/g1_app-b14' })
  expect(text.lines.at(-1)).toBe(
    '0x20000028b   2026-11-20T16:53:10.784Z 0x20000589add0002  delete        /marathon/state/apps/4/g1_app-b14',
  )
})

test.each(['3.4.14-small', '3.4.14-stopped', '3.8.0-stopped'])(
  '--log of %s: what was created and not deleted is what is there, with the last version of its data, ephemerals included',
  async name => {
    const { lines } = await inspected(fixture(name), { log: true, json: true })
    const versions = new Map<string, number>()
    for (const line of lines) {
      const { op, path = '', version } = change.extend({ version: z.number().optional() }).parse(JSON.parse(line))
      if (op === 'create') versions.set(path, 0)
      if (op === 'setData') versions.set(path, version ?? Number.NaN)
      if (op === 'delete') versions.delete(path)
    }
    const there = truth(`${name}.expected.jsonl.gz`)
      .znodes.map(line =>
        z
          .object({ path: z.string(), stat: z.object({ version: z.number(), czxid: z.string() }) })
          .parse(JSON.parse(line)),
      )
      .filter(({ stat }) => stat.czxid !== '0x0')
    expect(new Map([...versions].sort())).toEqual(
      new Map(there.map(({ path, stat }) => [path, stat.version] as const).sort()),
    )
  },
)

test('--log --at ends at that transaction', async () => {
  const { lines } = await inspected(small, { log: true, json: true, at: '0x20000027e' })
  expect(change.parse(JSON.parse(lines.at(-1) ?? '')).zxid).toBe('0x20000027e')
})

test.each(['damaged-log-missing', 'damaged-log-flip-eor-older', 'damaged-log-flip'])(
  '--log of %s says where transactions are missing and ends with 3',
  async name => {
    const { lines, exit, ending } = await inspected(fixture(name), { log: true })
    expect(lines.filter(line => line.startsWith('-- transactions are missing here: '))).not.toEqual([])
    expect(ending?.message).toContain('Transactions are missing')
    expect(exit).toBe(3)
  },
)

/** As `backup` leaves it: one snapshot, its log without padding. Nothing in it tells how far the snapshot reaches into the log. */
function oneSnapshot(folder: string): string {
  mkdirSync(folder)
  const [snapshot, log] = ['snapshot/version-2/snapshot.20000024f', 'transactions/version-2/log.200000250'] as const
  expect(spawnSync('tar', ['-xzf', small, '-C', folder, snapshot, log]).status).toBe(0)
  const bytes = readFileSync(join(folder, log))
  truncateSync(join(folder, log), bytes.findLastIndex(byte => byte !== 0) + 1)
  return folder
}

const digest = '0'.repeat(64)
const manifestFor = (bytes: number) =>
  manifestBytes({
    format: 'dcosctl-backup',
    version: 1,
    backup: '2026-11-20T020000Z-7f3a',
    cluster: { name: 'lab', id: 'f089d702' },
    dcosctl: '0.1.0',
    started: '2026-11-20T02:00:00Z',
    finished: '2026-11-20T02:01:00Z',
    host: 'control',
    way: 'files',
    encryption: 'none',
    levels: { decoded: true, stored: false },
    objects: [
      {
        name: 'zookeeper/files.tar.zst',
        bytes,
        sha256: digest,
        plainBytes: 1,
        plainSha256: digest,
        level: 'decoded',
        content: { kind: 'zookeeper-files', fuzzEnd: '0x200000251' },
      },
    ],
    absent: [],
    sums: digest,
  })

test('in a downloaded backup the manifest says how far the snapshot reaches, which proves a single one', async () => {
  const backup = join(scratch, '2026-11-20T020000Z-7f3a')
  const archive = join(backup, 'zookeeper/files.tar.zst')
  mkdirSync(join(backup, 'zookeeper'), { recursive: true })
  expect(spawnSync('tar', ['--zstd', '-cf', archive, '-C', oneSnapshot(join(scratch, 'one')), '.']).status).toBe(0)
  expect((await inspected(archive, { json: true })).exit).toBe(3)
  expect((await inspected(archive, { json: true, fuzzEnd: '0x200000251' })).lines.slice(1)).toEqual(smallTruth.znodes)

  writeFileSync(join(backup, 'manifest.json'), manifestFor(readFileSync(archive).length))
  const { lines, exit } = await inspected(archive, { json: true })
  expect(firstOf(lines)).toMatchObject({ claim: 'exact', notes: [] })
  expect(lines.slice(1)).toEqual(smallTruth.znodes)
  expect(exit).toBe(0)

  writeFileSync(join(backup, 'manifest.json'), manifestFor(1))
  const other = await inspected(archive, { json: true })
  expect(firstOf(other.lines)).toMatchObject({
    claim: 'none',
    notes: [{ expected: '1 bytes, as manifest.json says' }, {}],
  })
  expect(other.exit).toBe(3)

  writeFileSync(join(backup, 'manifest.json'), '{}')
  expect(firstOf((await inspected(archive, { json: true })).lines)).toMatchObject({
    claim: 'none',
    notes: [{ file: 'manifest.json' }, {}],
  })
})
