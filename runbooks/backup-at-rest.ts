// Takes what can be had while ZooKeeper has no quorum: the files of the member that reaches furthest, read from its disk, the replicated
// logs of a master, and small files. Whatever only a leader could answer is named as absent. Pure.
import { type AtRest, isReadable, type Readable } from '../src/cluster/at-rest.ts'
import { compareNames } from '../src/cluster/ranks.ts'
import type { Acceptance, Patience } from '../src/plan/types.ts'
import type { BackupObject, DcosPlan } from '../src/plan/vocabulary.ts'
import { gate, stage, stages } from '../src/plan/words.ts'
import { type BackupOptions, backUp } from './backup.ts'

export interface FactsAtRest {
  readonly cluster: { readonly name: string; readonly id: string }
  /** The one that would win an election first; those that can't be read last. */
  readonly members: readonly AtRest[]
}

const leaders = 'ZooKeeper has no quorum, and so nothing leads that could be asked'
const notAsked = 'not asked for while ZooKeeper has no quorum'

const missing = [
  { what: 'Mesos registry, state and flags', why: leaders },
  { what: 'Marathon groups and info', why: leaders },
  { what: 'Metronome jobs', why: leaders },
  { what: 'IAM database', why: notAsked },
  { what: 'etcd', why: notAsked },
  { what: 'bootstrap genconf', why: notAsked },
]

export function backupAtRest(
  { cluster, members }: FactsAtRest,
  options: BackupOptions & { readonly accepted: readonly Acceptance[] },
  patience: Patience,
): DcosPlan {
  const readable = members.filter(isReadable)
  const [best, ...others] = readable
  const unreadable = members.flatMap(member => (isReadable(member) ? [] : [member]))
  const masters = members.map(({ name }) => name).toSorted(compareNames)
  const absent = [...missing, ...unreadable.map(({ name, why }) => ({ what: `files of ${name}`, why }))]
  const accepted = options.accepted.some(({ what }) => what === 'no-majority-lock')
  return {
    format: 1,
    runbook: 'backup',
    kind: 'reading',
    onFailure: 'end',
    cluster,
    title: `Back up ${cluster.name} to ${options.store} from its disks: ZooKeeper has no quorum`,
    notes: [
      ...(best ? [chosen(best, others)] : []),
      ...unreadable.map(({ name, why }) => `${name} can't be read: ${why}`),
      'Its last transactions may not have been committed; the manifest says whether a majority of the masters holds them.',
      accepted
        ? 'Nobody is kept out meanwhile: fewer than a majority of the masters can be reached, and that was accepted.'
        : "Others are kept out by a claim on the masters' disks.",
      'Nothing is started or stopped.',
    ],
    accepted: options.accepted,
    stages: stages(
      stage('preflight', 'See what can be had', [
        gate(
          'zookeeper-at-rest',
          'No quorum; the files of a member can be read',
          { ask: 'zookeeper-at-rest', masters },
          patience,
        ),
      ]),
      stage(
        'backup',
        'Take the backup',
        backUp({ ...options, way: 'files', objects: objectsAtRest(readable), absent }, patience),
      ),
    ),
  }
}

function chosen({ name, epoch, lastZxid }: Readable, others: readonly Readable[]): string {
  const behind = others.map(other => `${other.name} epoch ${other.epoch}, 0x${other.lastZxid.toString(16)}`)
  const than = behind.length > 0 ? ` (${behind.join('; ')})` : ''
  return `${name} reaches furthest, as an election would judge: epoch ${epoch}, 0x${lastZxid.toString(16)}${than}.`
}

function objectsAtRest(readable: readonly Readable[]): readonly BackupObject[] {
  const [best, ...others] = readable.map(({ name }) => name)
  if (best === undefined) return []
  const orElse = others.length > 0 ? { orElse: others } : {}
  return [
    { name: 'zookeeper/files.tar', what: 'zookeeper-files-at-rest', from: best, ...orElse },
    { name: `replicated-log/${best}.tar`, what: 'replicated-logs', from: best },
    ...[best, ...others]
      .toSorted(compareNames)
      .map((name): BackupObject => ({ name: `nodes/${name}.tar`, what: 'node-files', from: name })),
  ]
}
