// Around a backup that does not come to its end: everybody is told, the record keeps the last good one, the ending says how old it is.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { lastBackupPath, readLast, writeLast } from '../../../src/cli/nightly/record.ts'
import { processMark } from '../../../src/cli/nightly/under-way.ts'
import { watched } from '../../../src/cli/nightly/watch.ts'
import { parseClusterFile } from '../../../src/config/load.ts'
import type { ClusterFile } from '../../../src/config/schema.ts'
import { DcosctlError } from '../../../src/errors.ts'
import { scratch } from '../../scratch.ts'

const cluster = { name: 'lab', id: '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0' }
const good = {
  backup: '2026-11-26T020000Z-7f3a',
  started: '2026-11-26T02:00:01.000Z',
  finished: '2026-11-26T02:00:31.000Z',
  ...{ bytes: 11154, objects: 10, level: 'stored' as const },
}

async function night(notify: (url: string) => object = () => ({})) {
  const folder = scratch()
  const heard: string[] = []
  const server = createServer(async (request, response) => {
    heard.push(`${request.method} ${request.url} ${(await request.toArray()).join('')}`.trim())
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('it does not listen')
  mkdirSync(join(folder, 'backups'))
  const text = stringify({
    cluster,
    masters: [{ name: 'm1', address: '192.0.2.1' }],
    ssh: {},
    store: { directory: join(folder, 'backups') },
    encryption: 'none',
    notify: { textfile: join(folder, 'lab.prom'), ...notify(`http://127.0.0.1:${address.port}`) },
  })
  const environment = { XDG_STATE_HOME: join(folder, 'state') }
  const complaints: string[] = []
  return {
    folder,
    text,
    environment,
    heard,
    complaints,
    record: lastBackupPath(environment, cluster.name),
    metrics: () => readFileSync(join(folder, 'lab.prom'), 'utf8'),
    watching: {
      ...{ file: fileOf(text), configPath: '/etc/dcosctl/lab.yaml', environment, skipBeside: false },
      complain: (line: string) => void complaints.push(line),
    },
  }
}

function fileOf(text: string): ClusterFile {
  const parsed = parseClusterFile(text)
  if ('findings' in parsed) throw new Error(JSON.stringify(parsed.findings))
  return parsed.file
}

const unreachable = () =>
  new DcosctlError('REFUSED', {
    what: 'm1 cannot be reached by SSH.',
    state: 'Nothing was asked of it.',
    next: ['look'],
  })
const remembered = {
  process: null,
  ...({ format: 'dcosctl-last-backup', version: 1, clusterId: cluster.id, started: good.started } as const),
  ended: { at: good.finished, exit: 0, code: 'DONE', what: 'taken' },
  lastSuccess: good,
}

test('a cluster that can not be reached: told as a failure, although nothing began', async () => {
  const { watching, heard, metrics, record } = await night(url => ({
    ping: { url: `${url}/p/token` },
    webhook: { url: `${url}/hook` },
  }))
  await writeLast(record, remembered)

  const { ending } = await watched(watching, () => Promise.reject(unreachable()))

  expect(heard.toSorted().map(line => line.slice(0, 60))).toEqual([
    'GET /p/token/fail',
    expect.stringMatching(/^POST \/hook \{"format":1,"event":"failure","text":"The backup/),
  ])
  expect(ending).toMatchObject({ code: 'REFUSED', next: ['look'] })
  expect(metrics()).toMatch(/dcosctl_backup_last_exit_code\{.*\} 10\n/)
  expect(await readLast(record, cluster.id)).toMatchObject({ ended: { exit: 10, code: 'REFUSED' }, lastSuccess: good })
})

test('the ending says that there is no good backup, on which host, and by which file', async () => {
  const { watching, folder } = await night()

  const { ending } = await watched(watching, () => Promise.reject(unreachable()))

  expect(ending).toMatchObject({ message: 'm1 cannot be reached by SSH.' })
  expect(ending instanceof DcosctlError ? ending.state : '').toMatch(
    new RegExp(
      `^Nothing was asked of it.\nThere is no good backup in ${folder}/backups.\nThis is .*, cluster lab, cluster file /etc`,
    ),
  )
})

test('a store that can not be asked leaves what this host knows', async () => {
  const { watching, record } = await night()
  await writeLast(record, remembered)
  const file = { ...watching.file, store: { directory: '/nowhere/at/all' } }

  const { ending } = await watched({ ...watching, file }, () => Promise.reject(unreachable()))

  const state = ending instanceof DcosctlError ? ending.state : ''
  expect(state).toContain("How old the newest good backup is can't be seen (/nowhere/at/all: can't list")
  expect(state).toMatch(/the last one from this host is 2026-11-26T020000Z-7f3a, .* old/)
})

test('a night that is skipped is told to nobody but the metrics, and its ending stays as it was', async () => {
  const { watching, heard, metrics } = await night(url => ({ ping: { url }, webhook: { url } }))
  const skipped = new DcosctlError('SKIPPED', { what: 'An upgrade is at work.', state: 'No backup was taken.' })

  const { ending } = await watched(watching, () => Promise.reject(skipped))

  expect(ending).toBe(skipped)
  expect(heard).toEqual([])
  expect(metrics()).toMatch(/dcosctl_backup_last_skipped\{.*\} 1\n/)
})

test('who can not be told is named on stderr without the address, and the ending stays the same', async () => {
  const { watching, complaints } = await night(() => ({
    ping: { url: 'http://127.0.0.1:1/t0ken' },
    webhook: { url: { env: 'NOT_THERE' } },
    textfile: '/nowhere/at/all/lab.prom',
  }))

  const { ending } = await watched(watching, () => Promise.reject(unreachable()))

  expect(ending).toMatchObject({ code: 'REFUSED', exitCode: 10 })
  expect(complaints.toSorted()).toEqual([
    expect.stringMatching(/^the ping \(failure\) could not be told: it could not be asked \(\w+\)\.$/),
    expect.stringMatching(/^the textfile \/nowhere\/at\/all\/lab\.prom could not be told: ENOENT/),
    expect.stringMatching(
      /^the webhook could not be told: The address notify\.webhook\.url is empty in the environment variable NOT_THERE/,
    ),
  ])
})

test('the start is told before the end, and only once the backup is not to be skipped', async () => {
  const { watching, heard } = await night(url => ({ ping: { url: `${url}/p` } }))

  await watched(watching, async begin => {
    begin()
    throw unreachable()
  })

  expect(heard).toEqual(['GET /p/start', 'GET /p/fail'])
})

test('a crash of dcosctl itself is told, too, and exits 1', async () => {
  const { text, environment, record } = await night()
  const root = resolve(import.meta.dirname, '../../..')
  const script = `
import { parseClusterFile } from '${root}/src/config/load.ts'
import { watched } from '${root}/src/cli/nightly/watch.ts'
const { file } = parseClusterFile(${JSON.stringify(text)})
await watched({ file, configPath: '/c', environment: process.env, skipBeside: false, complain: line => process.stderr.write(line + '\\n') },
  () => new Promise(() => { setTimeout(() => { throw new TypeError('a fault of ours') }, 1); setTimeout(() => {}, 60000) }))`
  const path = join(scratch(), 'crash.ts')
  writeFileSync(path, script)

  const { status, stderr } = spawnSync(process.execPath, [path], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })

  expect(stderr).toContain('Error: A fault of dcosctl: a fault of ours\nCode: BUG (exit 1)')
  expect(status).toBe(1)
  expect(await readLast(record, cluster.id)).toMatchObject({ ended: { exit: 1, code: 'BUG' } })
})

test('a record that was damaged is none: the next backup writes it anew', async () => {
  const { watching, record } = await night()
  await writeLast(record, remembered)
  writeFileSync(record, readFileSync(record, 'utf8').slice(0, 40))

  await watched(watching, () => Promise.reject(unreachable()))

  expect(await readLast(record, cluster.id)).toMatchObject({ ended: { exit: 10 }, lastSuccess: null })
})

test('while the one before is at work on this host another one that is to skip does so, and touches nothing', async () => {
  const { watching, record, heard } = await night(url => ({ ping: { url }, webhook: { url, on: ['skipped'] } }))

  await watched(watching, async () => {
    const before = readFileSync(record, 'utf8')
    const another = watched({ ...watching, skipBeside: true }, () => Promise.reject(unreachable()))
    await expect(another).rejects.toMatchObject({ code: 'SKIPPED', exitCode: 5 })
    expect(readFileSync(record, 'utf8')).toBe(before)
    throw unreachable()
  })

  expect(heard).toEqual([expect.stringContaining('GET /fail')])
})

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** A record of a backup that began so many hours ago and whose process, this one, lives. */
async function underWay(hours: number) {
  const mark = await processMark(process.pid)
  if (mark === undefined) throw new Error('this host has no /proc')
  return { ...remembered, started: hoursAgo(hours), process: { pid: process.pid, mark }, ended: null }
}

test('one that has hung for a day is told as a failure, each night, and none is begun beside it', async () => {
  const { watching, record, heard, metrics } = await night(url => ({ ping: { url: `${url}/p` } }))
  const hung = await underWay(25)
  await writeLast(record, hung)

  for (const _ of ['the first night', 'the second']) {
    const { ending } = await watched({ ...watching, skipBeside: true }, () => Promise.reject(new Error('it began')))

    expect(ending).toMatchObject({ code: 'REFUSED', exitCode: 10 })
    expect(ending?.message).toContain(
      `The backup that began ${hung.started} on this host (process ${process.pid}) is still under way, after 1 d 1 h`,
    )
    expect(ending).toMatchObject({ next: expect.arrayContaining([`end it:  kill ${process.pid}`]) })
  }

  expect(heard).toEqual(['GET /p/fail', 'GET /p/fail'])
  expect(metrics()).toMatch(/dcosctl_backup_last_failed\{.*\} 1\n/)
  expect(await readLast(record, cluster.id)).toEqual(hung)
})

test('one that is slow, but no day old, is still skipped beside', async () => {
  const { watching, record } = await night()
  await writeLast(record, await underWay(23))

  const another = watched({ ...watching, skipBeside: true }, () => Promise.reject(unreachable()))

  await expect(another).rejects.toMatchObject({ code: 'SKIPPED', exitCode: 5 })
})

test('one that was killed is not waited for, although its number lives on as another process', async () => {
  const { watching, record } = await night()
  const another = { pid: process.pid, mark: 'another boot 1' }
  await writeLast(record, { ...remembered, process: another, ended: null })

  const { ending } = await watched({ ...watching, skipBeside: true }, () => Promise.reject(unreachable()))

  expect(ending).toMatchObject({ code: 'REFUSED' })
})
