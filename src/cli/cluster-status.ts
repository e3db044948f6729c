// One page about a cluster. Each part is asked by itself: what can't be had is said in its place, the rest is shown.

import type { Leads } from '../cluster/facts.ts'
import { few } from '../cluster/few.ts'
import { compareNames, sayLeads } from '../cluster/ranks.ts'
import { sayDuration } from '../config/duration.ts'
import { because } from '../errors.ts'
import { apps } from '../marathon/marathon.ts'
import type { MasterHealth } from '../mesos/master.ts'
import type { NodeName } from '../plan/types.ts'
import { textColumns, wrap } from '../plan/wrap.ts'
import { newestFirst } from '../store/backups.ts'
import { firstThatAnswers } from '../survey/first-that-answers.ts'
import { leadsOf, marathonLeaderAddress } from '../survey/leaders.ts'
import { healthOf } from '../survey/master-health.ts'
import { discoverAgents } from '../survey/mesos-leader.ts'
import { nodeSays } from '../survey/node.ts'
import { serverState } from '../survey/zookeeper-server.ts'
import { masterNames, serviceOn, type World } from '../world.ts'
import { openClaimLook } from './claim-session.ts'
import { table } from './table.ts'

/** Something that was asked: had, or the reason why not. */
type Asked<T> = { readonly value: T } | { readonly trouble: string }

interface MasterRow {
  readonly name: NodeName
  readonly address: string
  readonly version: Asked<string>
  readonly leads: readonly Leads[]
  readonly zookeeper: Asked<string>
  readonly mesos: Asked<string>
}

export interface ClusterStatus {
  readonly cluster: { readonly name: string; readonly id: string }
  readonly masters: readonly MasterRow[]
  readonly agents: Asked<{ readonly active: number; readonly inactive: readonly NodeName[] }>
  readonly apps: Asked<{ readonly all: number; readonly notWell: readonly string[] }>
  readonly claim: Asked<string | null>
  readonly backup: Asked<{ readonly backup: string; readonly finished: string } | null>
}

export async function statusOfCluster(world: World): Promise<ClusterStatus> {
  const marathonLeader = asked(() => marathonLeaderAddress(world, masterNames(world)))
  const [masters, agents, apps_, claim, backup] = await Promise.all([
    Promise.all(world.file.masters.map(({ name, address }) => masterRow(world, name, address, marathonLeader))),
    asked(() => agentsOf(world)),
    asked(() => appsOf(world)),
    asked(() => openClaimLook(world)),
    asked(() => newestBackup(world)),
  ])
  return { cluster: world.file.cluster, masters, agents, apps: apps_, claim, backup }
}

async function asked<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await question() }
  } catch (error) {
    return { trouble: because(error) }
  }
}

async function masterRow(
  world: World,
  name: NodeName,
  address: string,
  marathonLeader: Promise<Asked<string | undefined>>,
): Promise<MasterRow> {
  const [version, zookeeper, mesos, marathon] = await Promise.all([
    asked(async () => (await nodeSays(world, name)).version ?? 'unknown'),
    asked(async () => (await serverState(world, name)).mode),
    asked(() => healthOf(world, name)),
    marathonLeader,
  ])
  const leads = leadsOf(had(zookeeper), had(mesos)?.standing, had(marathon) === address)
  return {
    name,
    address,
    version,
    leads,
    zookeeper,
    mesos: 'value' in mesos ? { value: sayHealth(mesos.value) } : mesos,
  }
}

const had = <T>(answer: Asked<T>): T | undefined => ('value' in answer ? answer.value : undefined)

const sayHealth = ({ standing, recovered }: MasterHealth): string =>
  recovered ? standing : `${standing}, registrar log not recovered`

async function agentsOf(world: World) {
  const agents = await discoverAgents(world)
  const inactive = agents.filter(({ active }) => !active).map(({ name }) => name)
  return { active: agents.length - inactive.length, inactive: inactive.toSorted(compareNames) }
}

async function appsOf(world: World) {
  const found = await firstThatAnswers(masterNames(world), node => apps(serviceOn(world, node, 'marathon')))
  const notWell = found.filter(app => app.tasksRunning < app.instances || app.tasksUnhealthy > 0)
  return { all: found.length, notWell: notWell.map(({ id }) => id).toSorted() }
}

async function newestBackup(world: World) {
  for await (const seen of newestFirst(await world.store(), world.file.cluster))
    if (seen.is === 'whole') return { backup: seen.manifest.backup, finished: seen.manifest.finished }
  return null
}

export function statusPage(status: ClusterStatus, now: Date): string {
  const { cluster, masters } = status
  const cell = (value: Asked<string>) => ('value' in value ? value.value : '?')
  const rows = masters.map(({ name, address, version, zookeeper, mesos, leads }) => [
    name,
    address,
    cell(version),
    cell(zookeeper),
    // Who can't be asked may lead all the same.
    leads.length === 0 && ('trouble' in zookeeper || 'trouble' in mesos)
      ? cell(mesos)
      : `${cell(mesos)}; ${sayLeads(leads)}`,
  ])
  const troubles = masters.flatMap(({ name, version, zookeeper, mesos }) =>
    [version, zookeeper, mesos].flatMap(value => ('trouble' in value ? [`  ${name}: ${value.trouble}`] : [])),
  )
  return [
    `${cluster.name} (${cluster.id})`,
    '',
    table(['master', 'address', 'DC/OS', 'ZooKeeper', 'Mesos'], rows, [8, 16, 9, 11], false),
    ...new Set(troubles),
    '',
    ...line(
      'Agents',
      say(
        status.agents,
        ({ active, inactive }) => `${active} active${inactive.length > 0 ? `, not active: ${few(inactive)}` : ''}`,
      ),
    ),
    ...line(
      'Apps',
      say(status.apps, ({ all, notWell }) =>
        notWell.length > 0 ? `${all}, not well: ${few(notWell)}` : `${all}, all well`,
      ),
    ),
    ...line(
      'Run',
      say(status.claim, claim => claim ?? 'none has the cluster'),
    ),
    ...line(
      'Backup',
      say(status.backup, backup => (backup ? `${backup.backup}, ${age(backup.finished, now)} old` : 'none')),
    ),
  ].join('\n')
}

const line = (name: string, text: string) => wrap(`${name.padEnd(9)}${text}`, textColumns, ' '.repeat(9))

const say = <T>(value: Asked<T>, words: (value: T) => string): string =>
  'value' in value ? words(value.value) : `? ${value.trouble}`

const age = (finished: string, now: Date): string => sayDuration((now.getTime() - Date.parse(finished)) / 1000)
