// Takes a backup while the cluster runs: ZooKeeper's files from a follower, the replicated logs from a standby, logical copies from the leaders. Pure.
import type { Aside } from '../src/cluster/aside.ts'
import type { Absent, Facts } from '../src/cluster/facts.ts'
import { byRank } from '../src/cluster/ranks.ts'
import type { NodeName, Part, Patience } from '../src/plan/types.ts'
import type { Action, BackupObject, BackupWay, Check, DcosPlan } from '../src/plan/vocabulary.ts'
import { gate, stage, stages, step } from '../src/plan/words.ts'
import { zookeeperQuorum } from './gates.ts'

export interface BackupOptions {
  /** Where to, for people: `s3://bucket/prefix` or a path. */
  readonly store: string
  readonly encryption: 'none' | readonly string[]
}

/** The ways that stop nothing. */
type RunningWay = Exclude<BackupWay, 'stopped'>

export function backup(
  facts: Facts,
  options: BackupOptions & { readonly way: RunningWay; readonly aside?: readonly Aside[] },
  patience: Patience,
): DcosPlan {
  const { way, aside = [] } = options
  const serving = [...facts.masters, ...aside.filter(({ serves }) => serves)].map(({ name }) => name)
  return {
    format: 1,
    runbook: 'backup',
    kind: 'reading',
    onFailure: 'end',
    cluster: facts.cluster,
    title: `Back up ${facts.cluster.name} to ${options.store}`,
    notes: [...notesOf(way), ...aside.map(({ name, why }) => `${name} is left out as a source: ${why}`)],
    accepted: [],
    stages: stages(
      stage('preflight', 'See that a whole copy can be had', [zookeeperQuorum(serving, patience)]),
      stage('backup', 'Take the backup', backUp({ ...options, ...contentsOf(facts, way, aside) }, patience)),
    ),
  }
}

/** What is copied, and what is not. */
export interface Contents {
  readonly objects: readonly BackupObject[]
  readonly absent: readonly Absent[]
}

/** Of a master that is left out as a source its own files are copied all the same, where they can be had. */
function contentsOf(facts: Facts, way: RunningWay, aside: readonly Aside[]): Contents {
  const lost = aside.filter(({ isReached }) => !isReached)
  return {
    objects: [
      ...backupObjects(facts, way),
      ...aside.filter(({ isReached }) => isReached).map(({ name }) => filesOfNode(name)),
    ],
    absent: [...facts.holds.absent, ...lost.map(({ name, why }) => ({ what: `files of ${name}`, why }))],
  }
}

/** Seconds: a backup is wanted from within the hour before anything is changed. */
const freshFor = 3600

/** The parts that any runbook uses which wants a backup. */
export const backUp = (
  { store, encryption, way, objects, absent }: BackupOptions & Contents & { readonly way: BackupWay },
  patience: Patience,
): readonly Part<Action, Check>[] => [
  gate('store-writable', `${store} can be written`, { ask: 'store-writable', store }, patience),
  step('take', `Back up to ${store}`, { do: 'take-backup', way, store, encryption, objects, absent }),
  gate('fresh', 'It was decoded and read back', { ask: 'backup-fresh', atMost: freshFor }, patience),
]

function notesOf(way: RunningWay): readonly string[] {
  const files = 'Nothing is stopped: files are hard-linked on one master and read from there.'
  if (way === 'files') return [files]
  return [
    files,
    'ZooKeeper is read through its API, znode by znode. Containers and TTL znodes look like persistent ones that way; a whole ZooKeeper can be restored from its files alone.',
  ]
}

const zookeeperObject = (way: RunningWay, from: string): BackupObject =>
  way === 'files'
    ? { name: 'zookeeper/files.tar', what: 'zookeeper-files', from }
    : { name: 'zookeeper/znodes.jsonl', what: 'zookeeper-znodes', from }

/** What is copied, and from where: a follower and a standby carry the load, leaders only answer for what they alone know. */
export function backupObjects({ masters, holds }: Facts, way: RunningWay): readonly BackupObject[] {
  const ranked = byRank(masters)
  const follower = (ranked.find(({ leads }) => !leads.includes('zookeeper')) ?? ranked[0])?.name
  const standby = (ranked.find(({ leads }) => !leads.includes('mesos')) ?? ranked[0])?.name
  const mesos = masters.find(({ leads }) => leads.includes('mesos'))?.name
  const marathon = masters.find(({ leads }) => leads.includes('marathon'))?.name ?? mesos
  if (!follower || !standby || !mesos || !marathon) return []
  const optional = (from: NodeName | undefined, name: string, what: BackupObject['what']): readonly BackupObject[] =>
    from === undefined ? [] : [{ name, what, from }]
  return [
    zookeeperObject(way, follower),
    { name: `replicated-log/${standby}.tar`, what: 'replicated-logs', from: standby },
    { name: 'mesos/registry.json', what: 'mesos-registry', from: mesos },
    { name: 'mesos/state.json', what: 'mesos-state', from: mesos },
    { name: 'mesos/flags.json', what: 'mesos-flags', from: mesos },
    { name: 'mesos/roles.json', what: 'mesos-roles', from: mesos },
    { name: 'mesos/quota.json', what: 'mesos-quota', from: mesos },
    { name: 'mesos/weights.json', what: 'mesos-weights', from: mesos },
    { name: 'mesos/maintenance-schedule.json', what: 'mesos-maintenance-schedule', from: mesos },
    { name: 'mesos/maintenance-status.json', what: 'mesos-maintenance-status', from: mesos },
    ...optional(holds.from.overlay, 'mesos/overlay.json', 'overlay-state'),
    { name: 'marathon/groups.json', what: 'marathon-groups', from: marathon },
    { name: 'marathon/info.json', what: 'marathon-info', from: marathon },
    ...optional(holds.from.metronome, 'metronome/jobs.json', 'metronome-jobs'),
    ...optional(holds.from.iam, 'iam/iam.sql', 'iam-database'),
    ...optional(holds.from.etcd, 'etcd/etcd.tar.gz', 'etcd'),
    ...masters.map(({ name }) => filesOfNode(name)),
    ...optional(holds.from.genconf, 'bootstrap/genconf.tar', 'bootstrap-genconf'),
  ]
}

const filesOfNode = (name: NodeName): BackupObject => ({ name: `nodes/${name}.tar`, what: 'node-files', from: name })
