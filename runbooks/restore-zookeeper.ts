// Restores all of ZooKeeper: the image laid beside the data first, then everything stopped, swapped on every master or on none, and started. Pure.
import type { Acceptance, Patience } from '../src/plan/types.ts'
import type { Action, DcosPlan, Replaced } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { allServing, oneMesosLeader, registrarRecovered, zookeeperQuorum } from './gates.ts'

export interface SwapOptions {
  readonly cluster: { readonly name: string; readonly id: string }
  readonly masters: readonly string[]
  /** Of DC/OS, which the masters must run. */
  readonly version: string
  /** KiB that each master must have free. */
  readonly room: number
  readonly notes: readonly string[]
  readonly accepted: readonly Acceptance[]
  readonly patience: { readonly cluster: Patience; readonly master: Patience }
}

export interface RestoreZookeeperOptions extends SwapOptions {
  readonly lay: Extract<Action, { do: 'lay-zookeeper-image' }>
  readonly sample: readonly { readonly path: string; readonly czxid: string }[]
}

export function restoreZookeeper(options: RestoreZookeeperOptions): DcosPlan {
  const { cluster, masters, version, room, notes, accepted, patience, lay, sample } = options
  const image = `${lay.source.sha256}@${lay.at}`
  return {
    format: 1,
    runbook: 'restore-zookeeper',
    kind: 'changing',
    onFailure: 'pause',
    cluster,
    title: `Restore ZooKeeper of ${cluster.name} from ${lay.source.backup}`,
    notes,
    accepted,
    stages: stages(
      stage('preflight', 'See that every master can be restored', [
        gate(
          'ready',
          `Every master is reached, runs DC/OS ${version} and has room`,
          { ask: 'ready-for-swap', what: 'zookeeper', masters, version, room },
          patience.cluster,
        ),
      ]),
      // Whatever can fail for long (the store, the network, a full disk) fails here, while ZooKeeper still runs.
      stage('lay', 'Lay the image beside the data', [step('image', 'Make the image and lay it on every master', lay)]),
      stage('swap', 'Swap the data while ZooKeeper is stopped', [whileStopped('zookeeper', 'ZooKeeper', options)]),
      stage('after', 'See that the restored state serves', [
        allServing(masters, patience.master),
        zookeeperQuorum(masters, patience.master),
        gate(
          'restored',
          'What serves is what was restored',
          { ask: 'restored-data-serves', what: 'zookeeper', masters, image, sample },
          patience.cluster,
        ),
        ...mesosIsBack(masters, patience.master),
        gate('marathon-answers', 'Marathon answers', { ask: 'marathon-answers' }, patience.master),
      ]),
    ),
  }
}

/** Stopped on every master, swapped, started: with the new data everywhere, or with the old everywhere. */
export const whileStopped = (
  what: Replaced,
  says: string,
  { masters, patience }: Pick<SwapOptions, 'masters' | 'patience'>,
) => {
  const backAfter = patience.master.within
  return {
    kind: 'during' as const,
    id: 'swap/while-stopped',
    title: `While ${says} is stopped on ${masters.join(', ')}`,
    open: step('swap/stop', `Stop ${says} on ${masters.join(', ')}`, { do: 'stop-for-swap', what, masters, backAfter }),
    parts: [step('swap/data', 'Swap the data', { do: 'swap-data', what, masters, backAfter })],
    close: step('swap/start', `Start ${says}`, { do: 'start-after-swap', what, masters }),
  }
}

/** Masters and agents find each other anew once their sessions have ended. */
export const mesosIsBack = (masters: readonly string[], patience: Patience) => [
  oneMesosLeader(masters, patience),
  registrarRecovered('Mesos: registrar logs recovered', masters, patience),
  gate(
    'agents-registered',
    'Mesos: every agent is active',
    { ask: 'agents-registered', wanted: 'all-known' },
    patience,
  ),
]
