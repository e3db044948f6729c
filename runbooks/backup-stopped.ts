// Takes a backup as the vendor's dcos-zk does: one ZooKeeper follower, then one Mesos standby, is stopped while its files are copied on
// its own disk, and only while all others are well. Pure.
import type { Facts } from '../src/cluster/facts.ts'
import type { Acceptance, During, NodeName, Part, Patience } from '../src/plan/types.ts'
import type { Action, BackupObject, Check, DcosPlan, StoppedService } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { type BackupOptions, backUp, backupObjects } from './backup.ts'
import { allServing, oneMesosLeader, registrarRecovered, zookeeperQuorum } from './gates.ts'

export interface StoppedOptions extends BackupOptions {
  readonly patience: { readonly cluster: Patience; readonly master: Patience }
  readonly accepted: readonly Acceptance[]
}

export function backupStopped(facts: Facts, options: StoppedOptions): DcosPlan {
  const { patience, accepted } = options
  const masters = facts.masters.map(({ name }) => name)
  const objects = backupObjects(facts, 'files').map(asStopped)
  const from = (what: BackupObject['what']) => objects.find(object => object.what === what)?.from ?? ''
  const follower = from('zookeeper-files-stopped')
  const standby = from('replicated-logs-stopped')
  return {
    format: 1,
    runbook: 'backup',
    kind: 'changing',
    onFailure: 'end',
    cluster: facts.cluster,
    title: `Back up ${facts.cluster.name} to ${options.store}, one service of one master stopped at a time`,
    notes: [
      `ZooKeeper of ${follower} and then the Mesos master of ${standby} are down while their files are copied on the node's own disk: seconds, with all others well. Each node starts its service by itself after 5 min should nobody else do.`,
      ...(masters.length === 1 ? ['It is the only master: meanwhile nothing of DC/OS answers; tasks go on.'] : []),
    ],
    accepted,
    stages: stages(
      stage('preflight', 'See that a backup has where to go', [
        gate(
          'store-writable',
          `${options.store} can be written`,
          { ask: 'store-writable', store: options.store },
          patience.cluster,
        ),
      ]),
      stage('zookeeper', `Copy ZooKeeper's files on ${follower}, stopped`, [
        ...copied('zookeeper', follower, masters, patience.cluster),
        allServing(masters, patience.master),
        zookeeperQuorum(masters, patience.master),
      ]),
      stage('mesos', `Copy the replicated logs on ${standby}, stopped`, [
        ...copied('mesos-master', standby, masters, patience.cluster),
        registrarRecovered('All masters have recovered their registrar log', masters, patience.master),
        oneMesosLeader(masters, patience.master),
      ]),
      stage(
        'backup',
        'Take the backup',
        backUp({ ...options, objects, absent: facts.holds.absent, way: 'stopped' }, patience.cluster),
      ),
    ),
  }
}

function asStopped(object: BackupObject): BackupObject {
  if (object.what === 'zookeeper-files') return { ...object, what: 'zookeeper-files-stopped' }
  if (object.what === 'replicated-logs') return { ...object, what: 'replicated-logs-stopped' }
  return object
}

const names: { readonly [S in StoppedService]: string } = { zookeeper: 'ZooKeeper', 'mesos-master': 'the Mesos master' }

function copied(
  service: StoppedService,
  node: NodeName,
  masters: readonly NodeName[],
  patience: Patience,
): readonly Part<Action, Check>[] {
  const others = masters.filter(name => name !== node)
  const prefix = service === 'zookeeper' ? 'zookeeper' : 'mesos'
  const during: During<Action, Check> = {
    kind: 'during',
    id: `${prefix}/down`,
    title: `${names[service]} of ${node} is down`,
    open: step(`${prefix}/copy`, `Stop ${names[service]} of ${node}, copy, start`, {
      do: 'copy-stopped',
      node,
      service,
    }),
    parts: [],
    close: step(`${prefix}/start`, `See that ${names[service]} of ${node} runs`, { do: 'start-again', node, service }),
  }
  return [
    gate('others-are-well', 'All other masters are well', { ask: 'others-are-well', node, others }, patience),
    during,
  ]
}
