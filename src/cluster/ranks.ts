// In which order masters go down: who leads nothing first, then ZooKeeper's leader, Marathon's, Mesos' last; ties by name. Pure.
import type { NodeName } from '../plan/types.ts'
import type { Leads } from './facts.ts'

const weight: { readonly [L in Leads]: number } = { zookeeper: 1, marathon: 2, mesos: 4 }

const rank = (leads: readonly Leads[]): number => leads.reduce((sum, what) => sum + weight[what], 0)

export interface Ranked {
  readonly name: NodeName
  readonly leads: readonly Leads[]
}

/** Ascending rank. */
export const byRank = <M extends Ranked>(masters: readonly M[]): readonly M[] =>
  masters.toSorted((a, b) => rank(a.leads) - rank(b.leads) || compareNames(a.name, b.name))

/** `leads nothing`, `leads ZooKeeper and Mesos`. */
export function sayLeads(leads: readonly Leads[]): string {
  const names = { zookeeper: 'ZooKeeper', marathon: 'Marathon', mesos: 'Mesos' } as const
  return leads.length === 0
    ? 'leads nothing'
    : `leads ${leads
        .map(what => names[what])
        .join(', ')
        .replace(/, ([^,]*)$/, ' and $1')}`
}

/** a2 before a10. */
export const compareNames = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })
