// What a survey saw of a cluster: plain data, the only input of the runbooks beside options. Pure.
import type { NodeName } from '../plan/types.ts'
import type { AppBaseline, Role } from '../plan/vocabulary.ts'

/** What leads on a master. ZooKeeper's, Mesos' and Marathon's leaders are three different things. */
export type Leads = 'zookeeper' | 'mesos' | 'marathon'

interface NodeFacts {
  readonly name: NodeName
  readonly address: string
  readonly role: Role
  /** From /opt/mesosphere/etc/dcos-version.json; undefined where a package swap was cut off. */
  readonly version: string | undefined
}

export interface MasterFacts extends NodeFacts {
  readonly role: 'master'
  readonly leads: readonly Leads[]
}

export interface AgentFacts extends NodeFacts {
  readonly role: 'agent'
  /** Mesos' id of it. */
  readonly id: string
  readonly active: boolean
}

/** What a cluster may have or lack. */
export type Optional = 'metronome' | 'iam' | 'etcd' | 'overlay' | 'genconf'

/** What a backup does not hold, and why. */
export interface Absent {
  readonly what: string
  readonly why: string
}

export interface Holdings {
  /** The node that each is read from; what this cluster lacks is not among them. */
  readonly from: { readonly [W in Optional]?: NodeName }
  readonly absent: readonly Absent[]
}

export interface Facts {
  readonly cluster: { readonly name: string; readonly id: string }
  /** In the order of the cluster file. */
  readonly masters: readonly MasterFacts[]
  /** By name. */
  readonly agents: readonly AgentFacts[]
  readonly marathon: { readonly frameworkId: string | null; readonly apps: readonly AppBaseline[] }
  readonly holds: Holdings
}
