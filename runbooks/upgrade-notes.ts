// What a reader of an upgrade's plan should know before he signs the change ticket. Pure.
import type { Facts } from '../src/cluster/facts.ts'
import { byRank, sayLeads } from '../src/cluster/ranks.ts'
import type { UpgradeScript } from '../src/plan/vocabulary.ts'

export function notesOfUpgrade({ masters, agents }: Facts, script: UpgradeScript): readonly string[] {
  const already = [...masters, ...agents].filter(({ version }) => version === script.to).map(({ name }) => name)
  const order = byRank(masters)
  const leaders = order.filter(({ leads }) => leads.length > 0)
  const failovers = leaders.map(({ name, leads }) => `${name} ${sayLeads(leads)}`).join(', ')
  return [
    ...(already.length > 0
      ? [`Already at ${script.to}, will be recognised and only checked: ${already.join(', ')}.`]
      : []),
    `Order of the masters as things stand: ${order.map(({ name, leads }) => `${name} (${sayLeads(leads)})`).join(', ')}. It is asked again at each turn.`,
    masters.length === 1
      ? 'There is one master: while it is upgraded the cluster has no ZooKeeper, no Mesos leader and no Marathon.'
      : `Expected fail-overs, each some seconds: ${failovers}.`,
    `Point of no return: once a Marathon of ${script.to} has led, its state is migrated; there is no way back to ${script.from} but a restore.`,
    'A pause half way through the masters is not neutral: launch and change nothing in Marathon until all masters run one version.',
    'Files added by hand under /opt/mesosphere do not survive: the upgrade replaces that folder whole.',
  ]
}
