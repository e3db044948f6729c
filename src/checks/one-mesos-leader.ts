// Exactly one master is elected, it has recovered its registry, and every master names that one.
// An elected master that has not recovered answers 200 with an empty cluster, so `/state` alone proves nothing.
import { leaderAccordingTo } from '../mesos/master.ts'
import { healthOf } from '../survey/master-health.ts'
import { serviceOn } from '../world.ts'
import type { Ask } from './checker.ts'

export const oneMesosLeader: Ask<'one-mesos-leader'> = async ({ masters }, world) => {
  const wanted = 'one leader, its registry recovered, named by every master'
  const rows = await Promise.all(
    masters.map(async name => {
      const mesos = serviceOn(world, name, 'mesos')
      const [{ standing }, names] = await Promise.all([healthOf(world, name), leaderAccordingTo(mesos)])
      return { name, standing, names }
    }),
  )
  const leaders = rows.filter(({ standing }) => standing === 'leading')
  const unrecovered = rows.filter(({ standing }) => standing === 'elected-not-recovered')
  const [leader] = leaders
  const remedy = 'look at the master:  journalctl -u dcos-mesos-master'
  if (unrecovered.length > 0) {
    const saw = `${unrecovered.map(({ name }) => name).join(' and ')} is elected but has not recovered its registry`
    return { well: false, saw, wanted, remedy }
  }
  if (!leader || leaders.length > 1) {
    return { well: false, saw: leader ? `${leaders.length} leaders` : 'no master leads', wanted, remedy }
  }
  const address = world.nodes.get(leader.name)?.address
  const astray = rows.filter(({ names }) => names !== address && names !== leader.name)
  if (astray.length > 0) {
    const saw = astray.map(({ name, names }) => `${name} takes ${names ?? 'nobody'} for the leader`).join(', ')
    return {
      well: false,
      saw: `${leader.name} leads, but ${saw}`,
      wanted,
      remedy: 'wait for the ZooKeeper session of the old leader to end',
    }
  }
  return { well: true, saw: `${leader.name} leads`, wanted }
}
