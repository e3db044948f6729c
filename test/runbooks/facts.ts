// Builds facts of clusters for tests: so many masters, who leads what, so many agents.

import { backupObjects } from '../../runbooks/backup.ts'
import type { UpgradeOptions } from '../../runbooks/upgrade.ts'
import type { Facts, Leads, MasterFacts } from '../../src/cluster/facts.ts'

export interface Topology {
  readonly masters: number
  readonly agents: number
  /** Who leads what; all on m1 unless said. */
  readonly leads?: { readonly [L in Leads]?: string }
  /** Nodes that are at 2.2.1 already. */
  readonly upgraded?: readonly string[]
}

const holds: Facts['holds'] = {
  from: { metronome: 'm1', iam: 'm1' },
  absent: [{ what: 'etcd', why: 'this cluster has none: dcos-etcdctl is not there' }],
}

export function factsOf({ masters, agents, leads = {}, upgraded = [] }: Topology): Facts {
  const version = (name: string) => (upgraded.includes(name) ? '2.2.1' : '2.1.1')
  const leadsOf = (name: string) =>
    (['zookeeper', 'marathon', 'mesos'] as const).filter(what => (leads[what] ?? 'm1') === name)
  return {
    cluster: { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' },
    masters: names('m', masters).map(
      (name, index): MasterFacts => ({
        name,
        address: `10.0.0.${11 + index}`,
        role: 'master',
        version: version(name),
        leads: leadsOf(name),
      }),
    ),
    agents: names('a', agents).map((name, index) => ({
      name,
      address: `10.0.0.${21 + index}`,
      role: 'agent',
      version: version(name),
      id: `S${index}`,
      active: true,
    })),
    marathon: { frameworkId: 'F-0000', apps: [{ id: '/web', instances: 3, running: 3, unhealthy: 0 }] },
    holds,
  }
}

export function optionsFor(facts: Facts): UpgradeOptions {
  return {
    script: {
      url: 'http://bootstrap.example/upgrade/0123/dcos_node_upgrade.sh',
      sha256: 'ab'.repeat(32),
      from: '2.1.1',
      to: '2.2.1',
    },
    backup: {
      store: 's3://backups/orchard',
      encryption: 'none',
      way: 'files',
      objects: backupObjects(facts, 'files'),
      absent: facts.holds.absent,
    },
    agents: { atMost: 2, canaries: 1, soak: 300, failures: 0 },
    patience: {
      cluster: { within: 120, every: 5, steady: 0 },
      master: { within: 900, every: 5, steady: 10 },
      agent: { within: 600, every: 5, steady: 0 },
    },
    accepted: [],
  }
}

const names = (letter: string, amount: number): readonly string[] =>
  Array.from({ length: amount }, (_, index) => `${letter}${index + 1}`)
