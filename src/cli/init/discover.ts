// Finds out from one master what a cluster is made of. Reads only.
import { compareNames } from '../../cluster/ranks.ts'
import { type NodeSaid, nodeScript, readNode } from '../../dcos/node.ts'
import { because, DcosctlError } from '../../errors.ts'
import { clusterStatus } from '../../exhibitor/exhibitor.ts'
import { clusterName, leaderAccordingTo, registeredAgents } from '../../mesos/master.ts'
import { eachOf, nodesAtOnce } from '../../parallel.ts'
import type { Host } from '../../ssh/host.ts'
import { serviceOn } from '../../world.ts'
import { type Access, type Acquainted, acquainted } from './acquaintance.ts'

export interface Input extends Access {
  /** What is dialled first. */
  readonly master: string
}

interface FoundNode {
  readonly name: string
  readonly address: string
  /** What has to be dialled, where that is not its address. */
  readonly host?: string
}

export interface Found {
  readonly clusterId: string
  /** As Mesos calls the cluster; undefined where it has no name. */
  readonly clusterName: string | undefined
  readonly masters: readonly FoundNode[]
  readonly agents: readonly FoundNode[]
  readonly access: Access
}

const within = 30_000

/** @throws DcosctlError REFUSED where the host is no master of a DC/OS cluster, or a node is not to be reached. */
export async function discover(input: Input, say: (text: string) => void): Promise<Found> {
  let access: Access = input
  const meet = async (targets: readonly string[]) => {
    const met = await acquainted(access, targets, say)
    access = met.access
    return met
  }
  const reach = async (targets: readonly string[]) => {
    const { hosts, absent } = await meet(targets)
    if (absent.size === 0) return hosts
    await hosts.close()
    throw [...absent.values()][0]
  }

  say(`Asking ${input.master} …`)
  const first = await reach([input.master])
  try {
    const said = await ask(await first.host(input.master))
    const { clusterId, detectIp } = asMaster(input.master, said)
    const via = { hosts: first }
    const rows = await clusterStatus(serviceOn(via, input.master, 'exhibitor'))
    const addresses = rows.map(({ hostname }) => hostname)
    if (!addresses.includes(detectIp)) addresses.push(detectIp)
    say(`Its ensemble: ${addresses.join(', ')}.`)

    const dialled = addresses.map(address => ({ address, target: address === detectIp ? input.master : address }))
    const all = await reach(dialled.map(({ target }) => target))
    try {
      const masters = await eachOf(dialled, nodesAtOnce, async ({ address, target }) => {
        const host = await all.host(target)
        const { clusterId: its } = asMaster(target, await ask(host))
        if (its !== clusterId) throw refuse(`${target} belongs to cluster ${its}, ${input.master} to ${clusterId}.`)
        return { name: await hostName(host), address, ...(target === address ? {} : { host: target }) }
      })
      const leader = (await leaderAccordingTo(serviceOn({ hosts: all }, input.master, 'mesos'))) ?? detectIp
      const leaderTarget = dialled.find(({ address }) => address === leader)?.target ?? input.master
      const mesos = serviceOn({ hosts: all }, leaderTarget, 'mesos')
      const [name, listed] = await Promise.all([clusterName(mesos), registeredAgents(mesos)])
      say(`Mesos lists ${listed.length} agents.`)
      const agents = await discoverAgents(
        listed.map(({ address }) => address),
        meet,
        say,
      )
      const byName = (a: FoundNode, b: FoundNode) => compareNames(a.name, b.name)
      return {
        clusterId,
        clusterName: name,
        masters: masters.toSorted(byName),
        agents: agents.toSorted(byName),
        access,
      }
    } finally {
      await all.close()
    }
  } finally {
    await first.close()
  }
}

/** One that can't be asked is left out: dcosctl finds it by Mesos, under the name that Mesos has for it. */
async function discoverAgents(
  addresses: readonly string[],
  meet: (targets: readonly string[]) => Promise<Acquainted>,
  say: (text: string) => void,
): Promise<FoundNode[]> {
  const { hosts, absent } = await meet(addresses)
  for (const [address, why] of absent) say(`Left out of the file, since it can't be asked: ${address}: ${because(why)}`)
  const there = addresses.filter(address => !absent.has(address))
  try {
    return await eachOf(there, nodesAtOnce, async address => ({
      name: await hostName(await hosts.host(address)),
      address,
    }))
  } finally {
    await hosts.close()
  }
}

async function ask(host: Host): Promise<NodeSaid> {
  const { stdout } = await host.run(nodeScript, { as: 'root', within })
  return readNode(stdout)
}

/** Its host name without the domain, where that is a name for the cluster file; else its address. */
async function hostName(host: Host): Promise<string> {
  const { stdout } = await host.run('hostname -s', { as: 'login', within })
  const name = stdout.trim()
  return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name) ? name : host.name
}

function asMaster(target: string, said: NodeSaid): { readonly clusterId: string; readonly detectIp: string } {
  const { roles, clusterId, detectIp } = said
  if (!roles.includes('master'))
    throw refuse(`${target} is no DC/OS master: its role is ${roles.join(' and ') || 'none'}.`)
  if (!clusterId || !detectIp) {
    throw refuse(
      `${target} can't say who it is: ${clusterId ? 'detect_ip prints nothing' : '/var/lib/dcos/cluster-id is missing'}.`,
    )
  }
  return { clusterId, detectIp }
}

const refuse = (what: string): DcosctlError => new DcosctlError('REFUSED', { what, state: 'Nothing was written.' })
