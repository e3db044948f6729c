// The rules of a replica: what counts as its state, and which records no Mesos master writes.
import { expect, test } from 'vitest'
import { concerns, describeReplica } from '../../../src/mesos/replicated-log/description.ts'
import { overlayJson } from '../../../src/mesos/replicated-log/overlay.ts'
import { registryJson } from '../../../src/mesos/replicated-log/registry.ts'
import { type Replica, readReplica } from '../../../src/mesos/replicated-log/replica.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import {
  action,
  append,
  bytes,
  key,
  metadata,
  nop,
  number,
  openLevel,
  record,
  registry,
  snapshot,
  truncate,
} from './mesos-writer.ts'

const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const voting = { '0000000000': metadata(1, 7) }
const store = (name: string, value: Uint8Array) => append(snapshot(name, uuid, value))

/** A replica read from a directory that a real LevelDB wrote with these pairs. */
async function replicaOf(pairs: Record<string, Uint8Array>): Promise<Replica> {
  const directory = temporaryFolder()
  const db = await openLevel(directory, { compression: false, writeBufferSize: 4 << 20 })
  await db.batch(Object.entries(pairs).map(([name, value]) => ({ type: 'put', key: name, value })))
  await db.close()
  return readReplica(filesOf(directory))
}

test('a log that was never written has one hole, at position 0, and is no backup', async () => {
  const replica = await replicaOf({ '0000000000': metadata(4, 0) })

  expect(replica).toMatchObject({ status: 'EMPTY', begin: 0, end: 0, holes: [0], unlearned: [] })
  expect(concerns(replica, 'registry')).toEqual([
    'its status is EMPTY, not VOTING: it has not caught up with the other masters',
    'it lacks position 0',
    'it holds no registry',
  ])
})

test('holes and unlearned positions are named, and what was not learned does not count', async () => {
  const replica = await replicaOf({
    ...voting,
    [key(3)]: action(3, 5, true, ...store('registry', registry(2))),
    [key(4)]: action(4, 5, true, ...truncate(3)),
    [key(7)]: action(7, 5, false, ...store('registry', registry(9))),
  })

  expect(replica).toMatchObject({ status: 'VOTING', promised: 7n, begin: 3, end: 7, holes: [5, 6], unlearned: [7] })
  expect(describeReplica(replica).variables).toHaveProperty('registry.agents.length', 2)
  expect(concerns(replica, 'registry')).toEqual([
    'it lacks positions 5, 6',
    'it does not know what was chosen at position 7',
  ])
})

test('a promise without a value is an unlearned position', async () => {
  const promisedOnly = record(2, bytes(3, number(1, 0), number(2, 6)))

  expect(await replicaOf({ ...voting, [key(0)]: promisedOnly })).toMatchObject({ unlearned: [0], holes: [] })
})

test('a learned tombstone hides what is before it and itself', async () => {
  const replica = await replicaOf({
    ...voting,
    [key(1)]: action(1, 5, true, ...store('registry', registry(1))),
    [key(2)]: action(2, 5, true, ...nop(true)),
    [key(3)]: action(3, 5, true, ...truncate(1)),
  })

  expect(replica).toMatchObject({ begin: 3, end: 3, holes: [] })
  expect(replica.variables.size).toBe(0)
})

test('the last store of a variable counts, and an expunged one is gone', async () => {
  const expunge = append(Buffer.concat([number(1, 2), bytes(3, bytes(1, 'old'))]))
  const { variables } = await replicaOf({
    ...voting,
    [key(0)]: action(0, 5, true, ...store('old', registry(1))),
    [key(1)]: action(1, 5, true, ...store('registry', registry(1))),
    [key(2)]: action(2, 5, true, ...store('registry', registry(2))),
    [key(3)]: action(3, 5, true, ...expunge),
  })

  expect([...variables]).toEqual([
    ['registry', { uuid: '00112233-4455-6677-8899-aabbccddeeff', value: registry(2), position: 2 }],
  ])
})

test('the old promise record counts as a voting replica', async () => {
  expect(await replicaOf({ '0000000000': record(1, bytes(2, number(1, 12))) })).toMatchObject({
    status: 'VOTING',
    promised: 12n,
  })
})

test('positions from 9,999,999,999 on are found under their longer keys', async () => {
  const replica = await replicaOf({
    ...voting,
    '9999999999': action(9_999_999_998, 5, true, ...truncate(9_999_999_998)),
    A00000000010000000000: action(9_999_999_999, 5, true, ...nop(false)),
  })

  expect(replica).toMatchObject({ begin: 9_999_999_998, end: 9_999_999_999, holes: [] })
})

test('fields that only newer masters know are named and do not get in the way', async () => {
  const newer = Buffer.concat([registry(1), bytes(99, 'new'), bytes(1, bytes(1, masterInfo(number(1, 77))))])
  const variable = (
    await replicaOf({ ...voting, [key(0)]: action(0, 5, true, ...store('registry', newer)) })
  ).variables.get('registry')

  expect(variable && registryJson(variable).unknown).toEqual([
    'registry.field 99',
    'registry.master.info.capabilities[0].type = 77',
  ])
})

function masterInfo(capability: Uint8Array): Buffer {
  return Buffer.concat([bytes(1, 'id'), number(2, 1), number(3, 5050), bytes(9, capability)])
}

test('the overlay state names the networks and the subnet of each agent', async () => {
  const overlay = [bytes(1, 'dcos'), bytes(2, '9.0.0.0/8'), number(3, 24)]
  const vxlan = [number(1, 1024), bytes(2, 'vtep1024'), bytes(3, '44.128.0.1/20'), bytes(4, '70:b3:d5:80:00:01')]
  const agent = bytes(
    2,
    bytes(1, '10.0.0.7'),
    bytes(2, bytes(1, ...overlay), bytes(2, '9.0.1.0/24'), bytes(5, bytes(1, ...vxlan))),
    number(3, 1),
  )
  const state = Buffer.concat([bytes(1, bytes(1, '44.128.0.0/20'), bytes(2, '70:B3:D5'), bytes(3, ...overlay)), agent])
  const replica = await replicaOf({ ...voting, [key(0)]: action(0, 5, true, ...store('network-state', state)) })

  expect(describeReplica(replica).variables).toEqual({
    'network-state': {
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      bytes: state.length,
      overlays: [{ name: 'dcos', subnet: '9.0.0.0/8' }],
      agents: [{ ip: '10.0.0.7', subnets: [{ overlay: 'dcos', subnet: '9.0.1.0/24' }] }],
    },
  })
  const variable = replica.variables.get('network-state')
  expect(variable && overlayJson(variable).json).toMatchObject({
    network: {
      vtep_subnet: '44.128.0.0/20',
      overlays: [{ name: 'dcos', subnet: '9.0.0.0/8', prefix: 24, enabled: true }],
    },
    agents: [
      {
        ip: '10.0.0.7',
        overlays: [{ subnet: '9.0.1.0/24', backend: { vxlan: { vni: 1024 } } }],
        configuration_attempts: 1,
      },
    ],
  })
})

const diff = append(
  Buffer.concat([number(1, 3), bytes(4, bytes(1, bytes(1, 'registry'), bytes(2, uuid), bytes(3, 'svn')))]),
)
const performedAbovePromise = record(2, bytes(3, number(1, 0), number(2, 4), number(3, 5), number(4, 1), ...nop(false)))

test.each<[string, Record<string, Uint8Array>, string]>([
  ['without its metadata', { [key(0)]: action(0, 5, true, ...nop(false)) }, 'without the metadata record'],
  [
    'with an action under another position’s key',
    { ...voting, [key(4)]: action(3, 5, true, ...nop(false)) },
    '0000000004 was expected',
  ],
  ['with metadata under another key', { '0000000009': metadata(1, 1) }, 'stands under the key "0000000009"'],
  ['with a record that is no protocol buffer', { ...voting, [key(0)]: Buffer.from([0xff, 0xff]) }, 'ends too early'],
  ['with a record of an unknown type', { ...voting, [key(0)]: number(1, 9) }, 'unknown type 9'],
  [
    'with a DIFF',
    { ...voting, [key(0)]: action(0, 5, true, ...diff) },
    'position 0 is a DIFF, which dcosctl does not read',
  ],
  ['with a value accepted above the promise', { ...voting, [key(0)]: performedAbovePromise }, 'above the promised 4'],
  [
    'with a performed action that does nothing',
    { ...voting, [key(0)]: action(0, 5, true) },
    'has a type and was not performed',
  ],
  [
    'with an append that appends nothing',
    { ...voting, [key(0)]: action(0, 5, true, number(5, 2)) },
    'required field append is missing',
  ],
  ['with a status no master has', { '0000000000': metadata(9, 1) }, 'unknown status 9'],
  [
    'with millions of holes',
    { ...voting, [key(5_000_000)]: action(5_000_000, 5, true, ...nop(false)) },
    'positions are unknown',
  ],
])('a replica %s is refused', async (_, pairs, problem) => {
  await expect(replicaOf(pairs)).rejects.toThrow(problem)
})

test('a registry with an agent that has no host name is refused by the path of what is missing', async () => {
  const nameless = bytes(2, bytes(1, bytes(1, bytes(6, bytes(1, 'S0')))))
  const replica = await replicaOf({ ...voting, [key(0)]: action(0, 5, true, ...store('registry', nameless)) })

  expect(() => describeReplica(replica)).toThrow(
    'registry.slaves.slaves[0].info: the required field hostname is missing',
  )
})
