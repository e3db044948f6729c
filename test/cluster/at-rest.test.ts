// Which member's disk is read while ZooKeeper has no quorum: the one that would win an election.
import { expect, test } from 'vitest'
import { type AtRest, beforeInElection } from '../../src/cluster/at-rest.ts'

const order = (members: readonly AtRest[]) => members.toSorted(beforeInElection).map(({ name }) => name)

test('the later epoch wins over the higher zxid, which wins over the name; what can not be read comes last', () => {
  const members: readonly AtRest[] = [
    { name: 'm1', why: 'it does not answer' },
    { name: 'm4', epoch: 3, lastZxid: 0x3_0000_0007n },
    { name: 'm5', epoch: 4, lastZxid: 0x3_0000_0002n },
    { name: 'm3', epoch: 4, lastZxid: 0x4_0000_0001n },
    { name: 'm2', epoch: 4, lastZxid: 0x4_0000_0001n },
  ]

  expect(order(members)).toEqual(['m2', 'm3', 'm5', 'm4', 'm1'])
})
