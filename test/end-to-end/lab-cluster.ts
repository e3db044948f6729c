// What tests see and do on a lab's cluster behind dcosctl's back: as somebody would who sits at each node's console.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Lab } from '../lab/lab.ts'

export const mastersOf = ({ description }: Lab): readonly string[] => ofRole(description.nodes, 'master')
export const agentsOf = ({ description }: Lab): readonly string[] => ofRole(description.nodes, 'agent')

const ofRole = (nodes: Lab['description']['nodes'], role: 'master' | 'agent') =>
  nodes.filter(node => node.role === role).map(({ name }) => name)

/** Standard output of a script run by root in the node. Throws unless it exits with 0. `timeout` in seconds. */
export async function onNode(lab: Lab, node: string, script: string, timeout?: number): Promise<string> {
  const { exit, stdout, stderr } = await lab.node(node).exec(script, timeout === undefined ? {} : { timeout })
  if (exit !== 0) throw new Error(`exit ${exit} on ${node} of: ${script}\n${stderr}`)
  return stdout
}

/** How often the upgrade script really ran on a node; the lab's script counts in a file there. */
export async function executions(lab: Lab, node: string): Promise<number> {
  return (await onNode(lab, node, 'cat /var/lib/lab/upgrade-executions 2>/dev/null || true')).split('\n').length - 1
}

export async function executionsOfAll(lab: Lab, nodes: readonly string[]): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries(await Promise.all(nodes.map(async node => [node, await executions(lab, node)] as const)))
}

export async function versionOn(lab: Lab, node: string): Promise<string> {
  const text = await onNode(lab, node, 'cat /opt/mesosphere/etc/dcos-version.json')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

/** Whether the script is swapping packages on the node right now; seen from outside, so also on a node without power. */
export const isSwapping = (lab: Lab, node: string): boolean =>
  existsSync(join(lab.node(node).disk, 'opt/mesosphere/install_progress'))

/** How long the script keeps a node's units stopped. */
export function swapTakes(lab: Lab, seconds: number, nodes: readonly string[]): void {
  for (const node of nodes)
    writeFileSync(join(lab.node(node).disk, 'var/lib/lab/settings/upgrade-seconds'), `${seconds}\n`)
}

/** Runs the upgrade script on a node by hand, as an operator without dcosctl would. */
export const upgradeByHand = (lab: Lab, node: string, scriptUrl: string): Promise<string> =>
  onNode(lab, node, `curl -fsSo /root/upgrade.sh ${scriptUrl} && bash /root/upgrade.sh`, 60)

/** Calls of Exhibitor's GETs that change something in spite of being GETs; its log in the lab is kept by its simulation. */
export async function changingCallsOfExhibitor(lab: Lab): Promise<string> {
  const log = '/var/lib/lab/exhibitor-changing-calls'
  return (await Promise.all(mastersOf(lab).map(node => onNode(lab, node, `cat ${log} 2>/dev/null || true`)))).join('')
}

/** What the node's own ZooKeeper server answers to a four-letter word; '' where it is silent for two seconds. */
const word = (lab: Lab, node: string, letters: 'srvr' | 'dump' | 'cons'): Promise<string> =>
  onNode(
    lab,
    node,
    `timeout 2 bash -c 'exec 3<>/dev/tcp/${lab.node(node).address}/2181; printf ${letters} >&3; cat <&3' || true`,
  )

export interface Leaders {
  readonly zookeeper: string | undefined
  readonly marathon: string | undefined
  readonly mesos: string | undefined
}

/** Who leads, asked of the servers themselves. */
export async function leadersOf(lab: Lab): Promise<Leaders> {
  const masters = mastersOf(lab)
  const modes = await Promise.all(masters.map(async node => ({ node, says: await word(lab, node, 'srvr') })))
  const [one = ''] = masters
  const { address } = lab.node(one)
  const marathon = await onNode(lab, one, `curl -fsS http://${address}:8080/v2/info`)
  const mesos = await onNode(lab, one, `curl -fsSo /dev/null -w '%{redirect_url}' http://${address}:5050/redirect`)
  const at = (text: string) => masters.find(node => text.includes(`${lab.node(node).address}:`))
  return {
    zookeeper: modes.find(({ says }) => says.includes('Mode: leader'))?.node,
    marathon: at(z.object({ leader: z.string() }).parse(JSON.parse(marathon)).leader),
    mesos: at(mesos),
  }
}

/**
 * The ZooKeeper session that drives a run, as one server knows it: whose znode `/dcosctl/holder` is. 'nobody' when there is none;
 * undefined when the server does not serve, as for a while when the ensemble elects its leader.
 */
export async function holderSession(lab: Lab, node: string): Promise<string | 'nobody' | undefined> {
  const dump = await word(lab, node, 'dump')
  if (!dump.includes('Sessions with Ephemerals')) return undefined
  let session = ''
  for (const line of dump.split('\n')) {
    session = /^(0x[0-9a-f]+):$/.exec(line)?.[1] ?? session
    if (line.trim() === '/dcosctl/holder') return session
  }
  return 'nobody'
}

/** The master whose ZooKeeper server this session is connected to. */
export async function serverOfSession(lab: Lab, session: string): Promise<string | undefined> {
  const found = await Promise.all(
    mastersOf(lab).map(async node => ({ node, has: (await word(lab, node, 'cons')).includes(`sid=${session},`) })),
  )
  return found.find(({ has }) => has)?.node
}

const apps = z.object({
  apps: z.array(
    z.object({ id: z.string(), tasks: z.array(z.object({ id: z.string(), slaveId: z.string(), state: z.string() })) }),
  ),
})

/** Every app with its tasks, sorted, as the leading Marathon tells them. */
export async function appsOf(lab: Lab): Promise<z.output<typeof apps>['apps']> {
  const [one = ''] = mastersOf(lab)
  const text = await onNode(lab, one, `curl -fsS http://${lab.node(one).address}:8080/v2/apps`)
  const found = apps.parse(JSON.parse(text)).apps
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
  return found.map(app => ({ ...app, tasks: app.tasks.toSorted(byId) })).toSorted(byId)
}
