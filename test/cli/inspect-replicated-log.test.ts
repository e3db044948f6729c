// `inspect replicated-log` as somebody at a prompt or a script uses it: on logs that real masters wrote, and on logs written for the test by a real LevelDB.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { inspectReplicatedLog } from '../../src/cli/inspect/replicated-log.ts'
import { temporaryFolder } from '../mesos/replicated-log/folders.ts'
import {
  action,
  bytes,
  key,
  MesosReplica,
  metadata,
  nop,
  number,
  openLevel,
  registry,
} from '../mesos/replicated-log/mesos-writer.ts'

const root = resolve(import.meta.dirname, '../..')
const fixtures = join(root, 'test/fixtures/mesos/replicated-log')
const recorded = join(fixtures, 'replicated_log.tar.gz')

function dcosctl(...args: readonly string[]) {
  const run = spawnSync(process.execPath, [join(root, 'bin/dev.js'), 'inspect', 'replicated-log', ...args], {
    encoding: 'utf8',
  })
  return { stdout: run.stdout, stderr: run.stderr, status: run.status }
}

const tuning = { compression: false, writeBufferSize: 4 << 20 }

/** A log with one state in it, as a voting replica leaves it. */
async function written(folder: string, variable: string, value: Uint8Array): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const db = await openLevel(folder, tuning)
  const replica = await MesosReplica.start(db)
  await replica.store(variable, value)
  await db.close()
}

function overlayState(): Buffer {
  const overlay = [bytes(1, 'dcos'), bytes(2, '9.0.0.0/8'), number(3, 24)]
  const vxlan = [number(1, 1024), bytes(2, 'vtep1024'), bytes(3, '44.128.0.1/20'), bytes(4, '70:b3:d5:80:00:01')]
  const agent = bytes(
    2,
    bytes(1, '10.0.0.7'),
    bytes(2, bytes(1, ...overlay), bytes(2, '9.0.1.0/24'), bytes(5, bytes(1, ...vxlan))),
  )
  return Buffer.concat([bytes(1, bytes(1, '44.128.0.0/20'), bytes(2, '70:B3:D5'), bytes(3, ...overlay)), agent])
}

/** Both logs, as they lie side by side on a master. */
async function master(): Promise<string> {
  const folder = temporaryFolder()
  await written(join(folder, 'replicated_log'), 'registry', registry(2))
  await written(join(folder, 'overlay_replicated_log'), 'network-state', overlayState())
  return folder
}

const recordedJson = {
  status: 'VOTING',
  begin: 77,
  end: 78,
  holes: [],
  unlearned: [],
  variables: {
    registry: {
      uuid: '6dd36953-0f13-4a5c-80da-593fea54f127',
      bytes: 1037,
      agents: [
        { id: '68f22737-e6e4-4d47-b9fb-19c4044870ad-S2', hostname: '127.0.0.21' },
        { id: '68f22737-e6e4-4d47-b9fb-19c4044870ad-S1', hostname: '127.0.0.22' },
        { id: '68f22737-e6e4-4d47-b9fb-19c4044870ad-S0', hostname: '127.0.0.23' },
      ],
      unreachable: [],
      gone: [{ id: 'fcfa2bb6-c4e7-4995-a496-dfebde9257e2-S0', since: '2026-11-20T16:18:40.164Z' }],
      quotas: [{ role: 'batch', guarantees: { cpus: 0.5 }, limits: { cpus: 2, mem: 1024 } }],
      weights: [
        { role: 'batch', weight: 2 },
        { role: 'lab', weight: 1.5 },
      ],
      minimumCapabilities: ['QUOTA_V2', 'AGENT_DRAINING'],
    },
  },
}

test('the log of a real standby: the JSON that scripts read, nothing on stderr, exit 0', () => {
  const { stdout, stderr, status } = dcosctl(recorded, '--json')
  expect(JSON.parse(stdout)).toEqual(recordedJson)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
})

test('a copy that was torn: what is missing, exit 3, and no value of it', () => {
  const { stdout, stderr, status } = dcosctl(join(fixtures, 'replicated_log_torn.tar.gz'), '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'UNWELL', exit: 3, what: expect.stringContaining('000686.ldb') },
  })
  expect(stderr).toContain('MANIFEST-000023 says it is live')
  expect(status).toBe(3)
})

test('for people: status, positions, and a table of the agents', async () => {
  const { text, ending } = await inspectReplicatedLog(recorded, undefined, false)
  expect(text.split('\n').slice(0, 4)).toEqual([
    'replicated_log: VOTING, positions 77 to 78, 0 holes, 0 unlearned',
    '',
    'registry: 1.0 KiB, version 6dd36953-0f13-4a5c-80da-593fea54f127',
    '  3 agents, 0 unreachable, 1 gone; needs QUOTA_V2, AGENT_DRAINING',
  ])
  expect(text).toContain('  68f22737-e6e4-4d47-b9fb-19c4044870ad-S2  admitted  127.0.0.21')
  expect(text).toContain('  fcfa2bb6-c4e7-4995-a496-dfebde9257e2-S0  gone      2026-11-20T16:18:40.164Z')
  expect(ending).toBeUndefined()
})

test('a folder with both logs: the page shows both, --json the registry, --log picks', async () => {
  const folder = await master()
  const { text } = await inspectReplicatedLog(folder, undefined, false)
  expect(text).toContain('replicated_log: VOTING')
  expect(text).toContain('S1     admitted  agent-1.lab')
  expect(text).toContain('overlay dcos: 9.0.0.0/8')
  expect(text).toContain('10.0.0.7  dcos     9.0.1.0/24')

  const registryJson = await inspectReplicatedLog(folder, undefined, true)
  expect(registryJson.json).toMatchObject({ variables: { registry: { agents: [{ id: 'S0' }, { id: 'S1' }] } } })
  const overlayJson = await inspectReplicatedLog(folder, 'overlay_replicated_log', true)
  expect(overlayJson.json).toMatchObject({ variables: { 'network-state': { agents: [{ ip: '10.0.0.7' }] } } })
})

test('an archive of both, one log’s own folder, and a renamed folder give the same', async () => {
  const folder = await master()
  const archive = join(temporaryFolder(), 'm1.tar.zst')
  expect(spawnSync('tar', ['--zstd', '-cf', archive, '-C', folder, '.']).status).toBe(0)
  const wanted = (await inspectReplicatedLog(folder, 'overlay_replicated_log', true)).json
  expect((await inspectReplicatedLog(archive, 'overlay_replicated_log', true)).json).toEqual(wanted)
  expect((await inspectReplicatedLog(join(folder, 'overlay_replicated_log'), undefined, true)).json).toEqual(wanted)
  renameSync(join(folder, 'overlay_replicated_log'), join(folder, 'copied'))
  expect((await inspectReplicatedLog(join(folder, 'copied'), undefined, true)).json).toEqual(wanted)
  expect((await inspectReplicatedLog(folder, 'overlay_replicated_log', true)).json).toEqual(wanted)
})

test('a replica that lacks positions is shown, and ends with 3: it is nothing to restore from', async () => {
  const folder = join(temporaryFolder(), 'replicated_log')
  mkdirSync(folder)
  const db = await openLevel(folder, tuning)
  await db.put('0000000000', metadata(2, 1))
  await db.put(key(0), action(0, 1, true, ...nop(false)))
  await db.put(key(2), action(2, 1, false, ...nop(false)))
  await db.close()
  const { json, text, ending } = await inspectReplicatedLog(folder, undefined, true)
  expect(json).toMatchObject({ status: 'RECOVERING', begin: 0, end: 2, holes: [1], unlearned: [2] })
  expect(text).toContain('note: it lacks position 1')
  expect(ending).toMatchObject({ exitCode: 3, message: expect.stringContaining('RECOVERING') })
})

test('a log whose CURRENT is gone is a damaged log, not no log', async () => {
  const folder = temporaryFolder()
  const current = join(folder, 'replicated_log', 'CURRENT')
  await written(join(folder, 'replicated_log'), 'registry', registry(1))
  renameSync(current, join(folder, 'was-current'))
  const { text, ending } = await inspectReplicatedLog(folder, undefined, false)
  expect(text).toContain('nothing in it may be trusted')
  expect(ending).toMatchObject({ exitCode: 3, message: expect.stringContaining('CURRENT') })
})

test('an archive that was cut off, and a folder without any log, end with 3', async () => {
  const folder = temporaryFolder()
  const cut = join(folder, 'cut.tar.gz')
  writeFileSync(cut, readFileSync(recorded).subarray(0, 2000))
  await expect(inspectReplicatedLog(cut, undefined, true)).rejects.toMatchObject({ exitCode: 3 })
  await expect(inspectReplicatedLog(folder, undefined, true)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('There is no replicated log'),
  })
  await expect(inspectReplicatedLog(recorded, 'overlay_replicated_log', true)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('only the other one'),
  })
})
