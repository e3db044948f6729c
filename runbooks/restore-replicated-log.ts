// Restores Mesos' replicated logs: one copy under every master, all of them stopped; or, on one lost master, empty ones that catch up from the others. Pure.
import type { Action, DcosPlan } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { oneMesosLeader, registrarRecovered, zookeeperQuorum } from './gates.ts'
import { mesosIsBack, type SwapOptions, whileStopped } from './restore-zookeeper.ts'

type Lay = Extract<Action, { do: 'lay-log-image' }>

export interface RestoreLogsOptions extends SwapOptions {
  readonly lay: Lay
}

export function restoreReplicatedLogs(options: RestoreLogsOptions): DcosPlan {
  const { cluster, masters, patience, lay } = options
  return {
    ...common(options),
    runbook: 'restore-replicated-log',
    title: `Restore the replicated logs of ${cluster.name} from ${lay.source?.backup ?? 'nothing'}`,
    stages: stages(
      stage('preflight', 'See that every master can be restored', [
        ready(options),
        zookeeperQuorum(masters, patience.cluster),
      ]),
      stage('lay', 'Lay the copy beside the logs', [step('image', 'Lay one copy on every master', lay)]),
      stage('swap', 'Swap the logs while the Mesos masters are stopped', [
        whileStopped('replicated-log', 'the Mesos masters', options),
      ]),
      stage('after', 'See that the restored logs serve', [restored(options), ...mesosIsBack(masters, patience.master)]),
    ),
  }
}

/** `others`: the masters that it catches up from. */
export function emptyReplicatedLogs(options: RestoreLogsOptions & { readonly others: readonly string[] }): DcosPlan {
  const { cluster, masters, patience, lay, others } = options
  const [node = ''] = masters
  return {
    ...common(options),
    runbook: 'empty-replicated-log',
    title: `Empty the replicated logs of ${node} in ${cluster.name}; it catches up from ${others.join(', ')}`,
    stages: stages(
      stage('preflight', 'See that the others can give it what it lacks', [
        ready(options),
        registrarRecovered('The other masters vote', others, patience.cluster),
      ]),
      stage('lay', 'Make room beside the logs', [step('image', `Lay empty logs on ${node}`, lay)]),
      stage('swap', `Swap the logs while the Mesos master of ${node} is stopped`, [
        whileStopped('replicated-log', 'the Mesos master', options),
      ]),
      stage('after', 'See that it has caught up', [
        registrarRecovered(`${node} has recovered its registrar log`, masters, patience.master),
        oneMesosLeader([...others, node].toSorted(), patience.master),
      ]),
    ),
  }
}

const common = ({ cluster, notes, accepted }: RestoreLogsOptions) =>
  ({ format: 1, kind: 'changing', onFailure: 'pause', cluster, notes, accepted }) as const

const ready = ({ masters, version, room, patience }: RestoreLogsOptions) =>
  gate(
    'ready',
    `${masters.join(', ')}: reached, with DC/OS ${version} and room`,
    { ask: 'ready-for-swap', what: 'replicated-log', masters, version, room },
    patience.cluster,
  )

const restored = ({ masters, lay, patience }: RestoreLogsOptions) =>
  gate(
    'restored',
    'Every master has the restored logs',
    {
      ask: 'restored-data-serves',
      what: 'replicated-log',
      masters,
      image: lay.source?.sha256 ?? 'empty',
      sample: [],
    },
    patience.cluster,
  )
