// What our reader makes of directories that real Mesos masters wrote, held against what Mesos' own classes made of them.
import { describe, expect, test } from 'vitest'
import { LogDamage } from '../../../src/mesos/replicated-log/damage.ts'
import { concerns, describeReplica } from '../../../src/mesos/replicated-log/description.ts'
import { registryJson } from '../../../src/mesos/replicated-log/registry.ts'
import { readReplica, type Variable } from '../../../src/mesos/replicated-log/replica.ts'
import { fixture, recordedLog } from './fixtures.ts'

async function recordedRegistry(): Promise<Variable> {
  const registry = readReplica(await recordedLog('replicated_log.tar.gz')).variables.get('registry')
  if (!registry) throw new Error('the recorded log holds no registry')
  return registry
}

describe('a log copied from a stopped standby', () => {
  test('has the state that mesos-log and the decoded entries show', async () => {
    const replica = readReplica(await recordedLog('replicated_log.tar.gz'))

    expect(replica).toMatchObject({ status: 'VOTING', promised: 45n, begin: 77, end: 78, holes: [], unlearned: [] })
    expect(replica.tornTails).toEqual([])
    expect(concerns(replica, 'registry')).toEqual([])
  })

  test('holds the registry that Mesos read from it, byte for byte', async () => {
    const registry = await recordedRegistry()

    expect(registry).toMatchObject({ uuid: '6dd36953-0f13-4a5c-80da-593fea54f127', position: 77 })
    expect(Buffer.from(registry.value).equals(fixture('replicated_log.last_registry.bin'))).toBe(true)
  })

  test.each(['replicated_log.last_registry.json', 'replicated_log.registry_at_that_time.json'])(
    'decodes to the JSON of %s',
    async name => {
      const { json, unknown } = registryJson(await recordedRegistry())

      expect(json).toEqual(JSON.parse(fixture(name).toString()))
      expect(unknown).toEqual([])
    },
  )

  test('is described in the shape that inspect prints', async () => {
    const replica = readReplica(await recordedLog('replicated_log.tar.gz'))

    expect(describeReplica(replica)).toEqual({
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
    })
  })
})

describe('a log copied slowly from a leader under load', () => {
  test('is refused with the table that is missing, as LevelDB itself refuses it', async () => {
    const torn = await recordedLog('replicated_log_torn.tar.gz')

    expect(() => readReplica(torn)).toThrow(LogDamage)
    expect(() => readReplica(torn)).toThrow('000686.ldb: is missing, and MANIFEST-000023 says it is live')
    expect(fixture('replicated_log_torn.inspection.txt').toString()).toContain('missing files; e.g.: a/000686.ldb')
  })
})
