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
    | 'replicated-logs'
    | 'mesos-registry'
    | 'mesos-state'
    | 'mesos-flags'
    | 'marathon-groups'
    | 'marathon-info'
    | 'node-files'
  readonly from: NodeName
}

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

/** What a restore replaces while its service is stopped on every master: the files of ZooKeeper, or both replicated logs of Mesos. */
export type Replaced = 'zookeeper' | 'replicated-log'

export type Action =
  | {
      /** The backup has the name of the run. */
      readonly do: 'take-backup'
      readonly store: string
      readonly encryption: 'none' | readonly string[]
      readonly objects: readonly BackupObject[]
    }
  | {
      readonly do: 'upgrade-node'
      readonly node: NodeName
      readonly role: Role
      readonly script: UpgradeScript
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
  | { readonly ask: 'no-deployments' }
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
