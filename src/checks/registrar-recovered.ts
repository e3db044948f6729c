// The replica of the registry's log on each master is VOTING. With two of three not recovered, the next registry write kills the leader.
import { healthOf } from '../survey/master-health.ts'
import type { Ask } from './checker.ts'
import { count, everyNode } from './every-node.ts'

export const registrarRecovered: Ask<'registrar-recovered'> = ({ masters }, world) =>
  everyNode(
    masters,
    {
      well: `recovered on ${count(masters, 'master')}`,
      wanted: 'registrar/log/recovered = 1 on every master',
      remedy: 'leave the other masters alone; look at the master:  journalctl -u dcos-mesos-master',
    },
    async node => {
      const { recovered } = await healthOf(world, node)
      return recovered ? undefined : 'has not recovered its registrar log (registrar/log/recovered = 0)'
    },
  )
