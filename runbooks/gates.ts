// The gates that most procedures ask, worded once. Pure.
import type { Gate, NodeName, Patience } from '../src/plan/types.ts'
import type { Check } from '../src/plan/vocabulary.ts'
import { gate } from '../src/plan/words.ts'

type Asked = Gate<Check>
type Masters = readonly NodeName[]

export const allServing = (masters: Masters, patience: Patience): Asked =>
  gate('all-serving', 'Exhibitor: every master serves', { ask: 'all-serving', masters }, patience)

export const zookeeperQuorum = (masters: Masters, patience: Patience): Asked =>
  gate('zookeeper-quorum', 'ZooKeeper: one leader, all others follow', { ask: 'zookeeper-quorum', masters }, patience)

export const oneMesosLeader = (masters: Masters, patience: Patience): Asked =>
  gate('one-mesos-leader', 'Mesos: one master really leads', { ask: 'one-mesos-leader', masters }, patience)

/** `title`: of whose logs it is asked. */
export const registrarRecovered = (title: string, masters: Masters, patience: Patience): Asked =>
  gate('registrar-recovered', title, { ask: 'registrar-recovered', masters }, patience)

export const noDeployments = (patience: Patience): Asked =>
  gate('no-deployments', 'Marathon: no deployment under way', { ask: 'no-deployments' }, patience)
