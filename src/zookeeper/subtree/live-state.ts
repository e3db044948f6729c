// Which paths of ZooKeeper a restore through the API must keep its hands off, and whose live state it would write under whom. Pure.
import type { ByteString } from '../pipeline/frame-writer.ts'

export const isAtOrBelow = (path: ByteString, top: ByteString): boolean =>
  path === top || top === '/' || path.startsWith(`${top}/`)

/** dcosctl's own: who has the cluster now is not what a backup says of it. */
export const ownPath = '/dcosctl'
/** The server's own; only quotas are a person's. */
export const serverPath = '/zookeeper'
const quotas = '/zookeeper/quota/'
const quotaCounts = '/zookeeper_stats'

/**
 * Mesos' replicated logs write here who takes part, as ephemeral znodes (mesos `zookeeper/group.cpp`). A persistent one would be a
 * member that never answers and never goes, and counts for the quorum's size.
 */
export const memberships: readonly ByteString[] = ['/mesos/log_replicas', '/mesos/overlay_log_replicas']

/** Whether a restore may write this path at all. */
export function isRestorable(path: ByteString): boolean {
  if (isAtOrBelow(path, ownPath)) return false
  if (isAtOrBelow(path, serverPath)) return path.startsWith(quotas)
  return !memberships.some(top => path !== top && isAtOrBelow(path, top))
}

/** Servers count these themselves, without a transaction (DataTree.java, updateQuotaForPath). */
export const isCountedByServer = (path: ByteString): boolean => path.startsWith(quotas) && path.endsWith(quotaCounts)

interface Live {
  readonly top: ByteString
  readonly whose: string
  readonly first: string
}

const live: readonly Live[] = [
  {
    top: '/mesos',
    whose: 'the election of the Mesos masters',
    first: 'systemctl stop dcos-mesos-master on all masters',
  },
  {
    top: '/marathon',
    whose: "Marathon's apps, instances and election",
    first: 'systemctl stop dcos-marathon on all masters',
  },
  { top: '/metronome', whose: "Metronome's jobs", first: 'systemctl stop dcos-metronome on all masters' },
  { top: '/cosmos', whose: "Cosmos' repositories", first: 'systemctl stop dcos-cosmos on all masters' },
  {
    top: '/cockroach',
    whose: "CockroachDB's membership; a stale entry keeps a replaced master out",
    first: 'systemctl stop dcos-cockroach on all masters',
  },
  {
    top: '/etcd',
    whose: "etcd's membership; a stale entry keeps a replaced master out",
    first: 'systemctl stop dcos-etcd on all masters',
  },
  {
    top: '/dcos',
    whose: "DC/OS' users and secrets",
    first: 'stop what reads them: dcos-bouncer, dcos-vault, dcos-ca on all masters',
  },
]

/** dcos-commons `CuratorUtils`: the scheduler of an SDK service keeps its state here. */
const serviceOf = /^\/dcos-service-([^/]+)/

export interface LiveWarning {
  readonly path: ByteString
  readonly whose: string
  /** What to stop before. */
  readonly first: string
}

/** What is written to by services that run, at, above or below this path. */
export function liveAt(target: ByteString, below: Iterable<ByteString>): readonly LiveWarning[] {
  const found: LiveWarning[] = live
    .filter(({ top }) => isAtOrBelow(target, top) || isAtOrBelow(top, target))
    .map(({ top, whose, first }) => ({ path: top, whose, first }))
  const services = new Set<string>()
  for (const path of [target, ...below]) {
    const name = serviceOf.exec(path)?.[1]
    if (name) services.add(name)
  }
  for (const name of [...services].sort()) {
    const path = `/dcos-service-${name}`
    found.push({ path, whose: `the state of the service ${name}`, first: `stop the scheduler of ${name} in Marathon` })
  }
  return found
}
