// Every action and every check a runbook may name, as data. A new variant makes the compiler name the places to fill.
import type { NodeName, Plan } from './types.ts'

export type Role = 'master' | 'agent'

/** The node upgrade script as it was read when the plan was made; a script with another digest is refused on the node. */
export interface UpgradeScript {
  readonly url: string
  /** Hex. */
  readonly sha256: string
  readonly from: string
  readonly to: string
}

/** One object of a backup and the node it is read from. */
export interface BackupObject {
  /** Its name in the backup, without the endings that compression and encryption add. */
  readonly name: string
  readonly what:
    | 'zookeeper-files'
    /** Of a member that does not serve: no quorum does. */
    | 'zookeeper-files-at-rest'
    /** From the copy that a `copy-stopped` of this run left on the node. */
    | 'zookeeper-files-stopped'
    | 'zookeeper-znodes'
    | 'replicated-logs'
    | 'replicated-logs-stopped'
    | 'mesos-registry'
    | 'mesos-state'
    | 'mesos-flags'
    | 'mesos-roles'
    | 'mesos-quota'
    | 'mesos-weights'
    | 'mesos-maintenance-schedule'
    | 'mesos-maintenance-status'
    | 'overlay-state'
    | 'marathon-groups'
    | 'marathon-info'
    | 'metronome-jobs'
    | 'iam-database'
    | 'etcd'
    | 'node-files'
    | 'bootstrap-genconf'
  readonly from: NodeName
  /** Where else it may be had, should `from` not have it whole. */
  readonly orElse?: readonly NodeName[]
}

/** How ZooKeeper's state is copied: its files while it runs, its files while one member is stopped, or znode by znode. */
export type BackupWay = 'files' | 'stopped' | 'api'

/** What `--way stopped` stops on one master, to copy what is its own. */
export type StoppedService = 'zookeeper' | 'mesos-master'

/** An object of a backup that a restore reads, pinned by the digest of its bytes in the store. */
export interface BackupSource {
  /** For people, and compared with the cluster file's store before it is read. */
  readonly store: string
  readonly backup: string
  /** Its full name in the backup, e.g. `zookeeper/files.tar.zst.age`. */
  readonly object: string
  /** Hex, of the bytes in the store. */
  readonly sha256: string
  /** Path on the workstation of the age identity that opens it; null where it is not encrypted. */
  readonly identity: string | null
}

/** How many backups of each kind are kept; days begin in `zone`. */
export interface RetentionRules {
  readonly keep: {
    readonly last: number
    readonly daily: number
    readonly weekly: number
    readonly monthly: number
    readonly yearly: number
  }
  readonly zone: string
}

/** What of a backup goes where in ZooKeeper, through its API. */
export interface Subtree {
  readonly source: BackupSource
  /** The state at this zxid, hex; null: the last one in the backup. */
  readonly at: string | null
  readonly path: string
  /** Where it goes: `path` itself, or another place. */
  readonly into: string
  /** merge: only what is missing is made. overwrite: what differs is set, too. mirror: what the backup has not goes. */
  readonly how: 'merge' | 'overwrite' | 'mirror'
  /** Hex. mirror: what was created later than this zxid was not shown when the plan was made, and stays. */
  readonly removesUpTo: string
}

/** What a restore replaces while its service is stopped on every master: the files of ZooKeeper, or both replicated logs of Mesos. */
export type Replaced = 'zookeeper' | 'replicated-log'

export type Action =
  | {
      /** The backup has the name of the run. */
      readonly do: 'take-backup'
      readonly store: string
      readonly encryption: 'none' | readonly string[]
      readonly way: BackupWay
      readonly objects: readonly BackupObject[]
      /** What this cluster lacks, or what is left out on purpose, and why. */
      readonly absent: readonly { readonly what: string; readonly why: string }[]
    }
  /** Stops the service on the node, copies its files on the node's disk and starts it again: one step there, with a timer that starts it in any case. */
  | { readonly do: 'copy-stopped'; readonly node: NodeName; readonly service: StoppedService }
  | { readonly do: 'start-again'; readonly node: NodeName; readonly service: StoppedService }
  | ({ readonly do: 'restore-subtree' } & Subtree)
  | {
      readonly do: 'upgrade-node'
      readonly node: NodeName
      readonly role: Role
      readonly script: UpgradeScript
    }
  /** The definition itself is read from the backup again: it may hold secrets, and a plan is journaled. */
  | {
      readonly do: 'put-app'
      readonly kind: 'app' | 'pod'
      readonly id: string
      readonly source: BackupSource
      /** Marathon's version of it when the plan was made; null: it was not there. Another one now is somebody's change that nobody saw. */
      readonly was: string | null
      /** Seconds in which its deployment has to end. */
      readonly within: number
    }
  | {
      readonly do: 'remove-app'
      readonly kind: 'app' | 'pod'
      readonly id: string
      readonly was: string
      readonly within: number
    }
  | {
      readonly do: 'put-job'
      readonly id: string
      readonly source: BackupSource
      /** Digests of the job and of each of its schedules when the plan was made; empty: it was not there. */
      readonly was: readonly string[]
    }
  | { readonly do: 'remove-job'; readonly id: string; readonly was: readonly string[] }
  | {
      /** Asked again right before: the manifest is ours, and no rule keeps it. */
      readonly do: 'remove-backup'
      readonly store: string
      readonly backup: string
      readonly rules: RetentionRules
      /** Why no rule keeps it, for people. */
      readonly because: string
    }
  | {
      /** What killed runs left in the folder of a backup that is none. */
      readonly do: 'remove-leftover'
      readonly store: string
      readonly backup: string
      /** Seconds since the last write to it. */
      readonly olderThan: number
    }
  | {
      /** Unfinished uploads beside whole backups. */
      readonly do: 'discard-uploads'
      readonly store: string
      readonly keys: readonly string[]
      readonly olderThan: number
    }
  | {
      /** Makes one snapshot of the backup's state and lays it beside the data of every master, the same bytes for all. */
      readonly do: 'lay-zookeeper-image'
      readonly masters: readonly NodeName[]
      readonly source: BackupSource
      /** The state after this transaction; hex. */
      readonly at: string
      /** The last transaction that may be partly in the backup's snapshot; hex. Null where the files themselves must tell. */
      readonly fuzzEnd: string | null
      /** Which kinds of znodes the servers know, beside persistent and ephemeral ones. */
      readonly marks: 'none' | 'containers' | 'containers-and-ttl'
      /** KiB that must be free. */
      readonly room: number
    }
  | {
      /** Lays the backup's replicated logs beside those of every master; or, without a source, empty ones. */
      readonly do: 'lay-log-image'
      readonly masters: readonly NodeName[]
      readonly source: BackupSource | null
      /** KiB that must be free. */
      readonly room: number
    }
  | {
      /** Stops what uses the data that is replaced; each master gets a timer that starts it again. */
      readonly do: 'stop-for-swap'
      readonly what: Replaced
      readonly masters: readonly NodeName[]
      /** Seconds until a master starts it by itself. */
      readonly backAfter: number
    }
  | {
      /** Puts what was laid in place, on every master or on none. */
      readonly do: 'swap-data'
      readonly what: Replaced
      readonly masters: readonly NodeName[]
      readonly backAfter: number
    }
  | {
      /** Starts it again: with the new data everywhere if any master has the mark of it, else with the old. */
      readonly do: 'start-after-swap'
      readonly what: Replaced
      readonly masters: readonly NodeName[]
    }

export interface AppBaseline {
  readonly id: string
  readonly instances: number
  readonly running: number
  readonly unhealthy: number
}

/** What the cluster was like when the plan was made. */
interface Baseline {
  readonly frameworkId: string | null
  /** What a resume needs to find an agent again that Mesos no longer lists. */
  readonly agents: readonly { readonly node: NodeName; readonly address: string; readonly id: string }[]
  readonly apps: readonly AppBaseline[]
}

export type Check =
  /** Exhibitor: every master serving, one ZooKeeper leader, no rolling configuration change. */
  | { readonly ask: 'all-serving'; readonly masters: readonly NodeName[] }
  /** Exactly one master is elected, all others name it, and it really leads (its registry is recovered). */
  | { readonly ask: 'one-mesos-leader'; readonly masters: readonly NodeName[] }
  | { readonly ask: 'registrar-recovered'; readonly masters: readonly NodeName[] }
  | { readonly ask: 'zookeeper-quorum'; readonly masters: readonly NodeName[] }
  /** No quorum serves, and the disk of one of these masters at least can be read. */
  | { readonly ask: 'zookeeper-at-rest'; readonly masters: readonly NodeName[] }
  | { readonly ask: 'no-deployments' }
  /** Each runs as many instances as it should, healthy where it says how that is seen, and no deployment changes it. */
  | { readonly ask: 'apps-settled'; readonly apps: readonly string[]; readonly pods: readonly string[] }
  /** The agents' names (an excluded one is not among them), or all that the cluster file names and Mesos lists. */
  | { readonly ask: 'agents-registered'; readonly wanted: readonly NodeName[] | 'all-known' }
  | { readonly ask: 'one-version'; readonly nodes: readonly NodeName[]; readonly version?: string }
  /** Asked before a master goes down: each other one serves, is recovered and in the quorum. */
  | { readonly ask: 'others-are-well'; readonly node: NodeName; readonly others: readonly NodeName[] }
  /** Version file, no cut-off package swap, its units active, DC/OS' own checks run and parsed. */
  | { readonly ask: 'node-is-well'; readonly node: NodeName; readonly role: Role; readonly version: string }
  | { readonly ask: 'agent-registered'; readonly node: NodeName; readonly id: string }
  | { readonly ask: 'script-reachable'; readonly nodes: readonly NodeName[]; readonly script: UpgradeScript }
  | { readonly ask: 'store-writable'; readonly store: string }
  /** The newest backup of this cluster is decoded, was read back, and is at most so many seconds old. */
  | { readonly ask: 'backup-fresh'; readonly atMost: number }
  /** By the rule of `how` nothing is left to do, and no sequence number would be given twice. */
  | ({ readonly ask: 'subtree-as-backup' } & Subtree)
  | { readonly ask: 'as-before'; readonly baseline: Baseline }
  /** Every master serves the data that was swapped in; of ZooKeeper, some znodes of the backup are what they were in it. */
  | {
      readonly ask: 'restored-data-serves'
      readonly what: Replaced
      readonly masters: readonly NodeName[]
      /** Digest of the object that was restored. */
      readonly image: string
      readonly sample: readonly { readonly path: string; readonly czxid: string }[]
    }
  /** Every master is reached, runs this version of DC/OS, and has so many KiB free where the image is laid. */
  | {
      readonly ask: 'ready-for-swap'
      readonly what: Replaced
      readonly masters: readonly NodeName[]
      readonly version: string
      readonly room: number
    }
  | { readonly ask: 'marathon-answers' }

export type DcosPlan = Plan<Action, Check>
