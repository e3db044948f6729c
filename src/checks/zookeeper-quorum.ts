// Each master's own ZooKeeper answers and is a leader or a follower of one leader. `ruok` would only say that a port is open.

import { because } from '../errors.ts'
import type { Verdict } from '../plan/types.ts'
import { serverState } from '../survey/zookeeper-server.ts'
import type { Ask } from './checker.ts'

export const zookeeperQuorum: Ask<'zookeeper-quorum'> = async ({ masters }, world): Promise<Verdict> => {
  const rows = await Promise.all(
    masters.map(async name => {
      try {
        return { name, mode: (await serverState(world, name)).mode }
      } catch (error) {
        return { name, mode: undefined, why: because(error) }
      }
    }),
  )
  const leaders = rows.filter(({ mode }) => mode === 'leader' || mode === 'standalone')
  const followers = rows.filter(({ mode }) => mode === 'follower')
  const out = rows.filter(row => !leaders.includes(row) && !followers.includes(row))
  const wanted = masters.length === 1 ? 'one server, standalone' : `one leader and ${masters.length - 1} followers`
  if (out.length === 0 && leaders.length === 1) {
    return { well: true, saw: `${leaders[0]?.name} leads, ${followers.length} follow`, wanted }
  }
  const said = out.map(({ name, why }) => `${name} is out of the quorum${why ? ` (${why})` : ''}`)
  if (leaders.length !== 1) said.push(`${leaders.length} leaders`)
  return { well: false, saw: said.join('; '), wanted, remedy: 'look at the master:  journalctl -u dcos-exhibitor' }
}
