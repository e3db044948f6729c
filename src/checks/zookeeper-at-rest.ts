// No quorum serves, and the files of some member can be read: what a backup from a disk at rest builds on.
import { isReadable } from '../cluster/at-rest.ts'
import { membersAtRest, quorumServes } from '../survey/zookeeper-at-rest.ts'
import { hex } from '../zookeeper/files/damage.ts'
import type { Ask } from './checker.ts'

export const zookeeperAtRest: Ask<'zookeeper-at-rest'> = async ({ masters }, world) => {
  const wanted = 'no quorum, and a member whose files can be read'
  if (await quorumServes(world)) {
    return { well: false, saw: 'ZooKeeper has a quorum again', wanted, remedy: 'take the usual one:  dcosctl backup' }
  }
  const members = (await membersAtRest(world)).filter(({ name }) => masters.includes(name))
  const [best] = members.filter(isReadable)
  if (best) return { well: true, saw: `no quorum; ${best.name} reaches furthest, to ${hex(best.lastZxid)}`, wanted }
  const saw = members.map(member => ('why' in member ? `${member.name}: ${member.why}` : member.name)).join('; ')
  return { well: false, saw, wanted, remedy: 'make a master reachable by SSH' }
}
