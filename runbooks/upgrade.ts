// Upgrades a cluster in place: masters one at a time, who leads goes last, then agents behind a canary. Pure; reads like the procedure.
import type { Facts } from '../src/cluster/facts.ts'
import { byRank, compareNames } from '../src/cluster/ranks.ts'
import type { Acceptance, Patience } from '../src/plan/types.ts'
import type { DcosPlan, UpgradeScript } from '../src/plan/vocabulary.ts'
import { gate, lane, rolling, stage, stages, step } from '../src/plan/words.ts'
import { type BackupOptions, backUp, type Contents } from './backup.ts'
import { allServing, noDeployments, oneMesosLeader, registrarRecovered, zookeeperQuorum } from './gates.ts'
import { notesOfUpgrade } from './upgrade-notes.ts'

export interface UpgradeOptions {
  readonly script: UpgradeScript
  readonly backup: BackupOptions & Contents & { readonly way: 'files' }
  readonly agents: {
    readonly atMost: number
    readonly canaries: number
    readonly soak: number
    readonly failures: number
  }
  readonly patience: { readonly cluster: Patience; readonly master: Patience; readonly agent: Patience }
  readonly accepted: readonly Acceptance[]
}

export function upgrade(facts: Facts, options: UpgradeOptions): DcosPlan {
  const { script, patience } = options
  const masters = byRank(facts.masters).map(({ name }) => name)
  const agents = facts.agents.toSorted((a, b) => compareNames(a.name, b.name))
  const everyNode = [...masters, ...agents.map(({ name }) => name)]
  const baseline = {
    frameworkId: facts.marathon.frameworkId,
    agents: agents.map(({ name, address, id }) => ({ node: name, address, id })),
    apps: facts.marathon.apps,
  }

  return {
    format: 1,
    runbook: 'upgrade',
    kind: 'changing',
    onFailure: 'pause',
    cluster: facts.cluster,
    title: `Upgrade ${facts.cluster.name} from DC/OS ${script.from} to ${script.to}`,
    notes: notesOfUpgrade(facts, script),
    accepted: options.accepted,
    stages: stages(
      stage('preflight', 'See that the cluster is well', [
        allServing(masters, patience.cluster),
        zookeeperQuorum(masters, patience.cluster),
        oneMesosLeader(masters, patience.cluster),
        registrarRecovered('Mesos: registrar logs recovered', masters, patience.cluster),
        gate(
          'agents-registered',
          'Mesos: every agent is active',
          { ask: 'agents-registered', wanted: agents.map(({ name }) => name) },
          patience.cluster,
        ),
        noDeployments(patience.cluster),
        gate(
          'script-reachable',
          'Every node can fetch the pinned script',
          { ask: 'script-reachable', nodes: everyNode, script },
          patience.cluster,
        ),
      ]),

      stage('backup', 'Take a backup', backUp(options.backup, patience.cluster)),

      stage('masters', 'Upgrade the masters, one at a time, who leads goes last', [
        rolling(
          'masters',
          'Masters',
          { order: 'by-rank', atMost: 1, canaries: 0, soak: 0, budget: { failures: 0 }, patience: patience.cluster },
          masters.map(node =>
            lane(node, [
              // Until the others are well no other master may go down.
              gate(
                'others-are-well',
                'All other masters are well',
                { ask: 'others-are-well', node, others: masters.filter(other => other !== node) },
                patience.cluster,
              ),
              step('upgrade', `Upgrade ${node}`, { do: 'upgrade-node', node, role: 'master', script }),
              allServing(masters, patience.master),
              registrarRecovered(`${node} has recovered its registrar log`, [node], patience.master),
              // Exit 0 of the script proves nothing: its own checks have been dead since 1.12.
              gate(
                'node-is-well',
                `${node} runs ${script.to}, its checks pass`,
                { ask: 'node-is-well', node, role: 'master', version: script.to },
                patience.master,
              ),
              oneMesosLeader(masters, patience.master),
            ]),
          ),
        ),
        gate(
          'one-version',
          `All masters run ${script.to}`,
          { ask: 'one-version', nodes: masters, version: script.to },
          patience.cluster,
        ),
      ]),

      stage('agents', 'Upgrade the agents, a canary first', [
        rolling(
          'agents',
          'Agents',
          {
            order: 'as-listed',
            atMost: options.agents.atMost,
            canaries: options.agents.canaries,
            soak: options.agents.soak,
            budget: { failures: options.agents.failures },
            patience: patience.cluster,
          },
          agents.map(({ name: node, id }) =>
            lane(node, [
              step('upgrade', `Upgrade ${node}`, { do: 'upgrade-node', node, role: 'agent', script }),
              gate(
                'agent-registered',
                `${node} is back in Mesos as itself`,
                { ask: 'agent-registered', node, id },
                patience.agent,
              ),
              gate(
                'node-is-well',
                `${node} runs ${script.to}, its checks pass`,
                { ask: 'node-is-well', node, role: 'agent', version: script.to },
                patience.agent,
              ),
            ]),
          ),
        ),
      ]),

      stage('after', 'Compare with how it was before', [
        gate(
          'one-version',
          `Every node runs ${script.to}`,
          { ask: 'one-version', nodes: everyNode, version: script.to },
          patience.cluster,
        ),
        gate('as-before', 'Nothing is worse than before', { ask: 'as-before', baseline }, patience.cluster),
      ]),
    ),
  }
}
