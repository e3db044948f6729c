// What a node says of itself, by one script: version, role, identity, package swap, units. Pure parser beside it.
import { z } from 'zod'

/** dcos/dcos: where a node keeps what it is. `/opt/mesosphere` is replaced whole by an upgrade, `/var/lib/dcos` stays. */
export const nodeScript = `
say() { printf '%s=%s\\n' "$1" "$(printf '%s' "$2" | tr '\\n' ' ')"; }
say detect_ip "$(/opt/mesosphere/bin/detect_ip 2>/dev/null)"
say addresses "$(hostname -I 2>/dev/null)"
say roles "$(ls /etc/mesosphere/roles 2>/dev/null)"
say cluster_id "$(cat /var/lib/dcos/cluster-id 2>/dev/null)"
say version "$(cat /opt/mesosphere/etc/dcos-version.json 2>/dev/null)"
[ -e /opt/mesosphere/install_progress ] && say swap install_progress
[ -e /opt/mesosphere/active ] || say swap 'active is missing'
say units "$(for unit in dcos-mesos-master dcos-mesos-slave dcos-mesos-slave-public; do
  [ "$(systemctl is-active $unit 2>/dev/null)" = active ] && echo $unit; done)"
`

export interface NodeSaid {
  /** What detect_ip printed; undefined where /opt/mesosphere/bin is not there (a package swap that was cut off). */
  readonly detectIp: string | undefined
  readonly addresses: readonly string[]
  readonly roles: readonly string[]
  readonly clusterId: string | undefined
  readonly version: string | undefined
  /** What shows that pkgpanda's package swap was cut off half way. */
  readonly brokenSwap: string | undefined
  readonly activeUnits: readonly string[]
}

const versionFile = z.object({ version: z.string().min(1) })

/** Reads the script's answer. Unknown lines are ignored. */
export function readNode(output: string): NodeSaid {
  const said = new Map<string, string>()
  for (const line of output.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) said.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  const value = (key: string): string | undefined => said.get(key) || undefined
  const words = (key: string): readonly string[] => (said.get(key) ?? '').split(/\s+/).filter(word => word !== '')
  return {
    detectIp: value('detect_ip'),
    addresses: words('addresses'),
    roles: words('roles'),
    clusterId: value('cluster_id'),
    version: readVersion(value('version')),
    brokenSwap: value('swap'),
    activeUnits: words('units'),
  }
}

function readVersion(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return versionFile.parse(JSON.parse(text)).version
  } catch {
    return undefined
  }
}

export interface Meant {
  readonly name: string
  readonly address: string
  readonly role: 'master' | 'agent'
  readonly clusterId: string
}

/**
 * Whether this is the machine we mean, and how it differs if not. A node whose package swap was cut off has no detect_ip: its own addresses speak for it.
 * An agent may lack /var/lib/dcos/cluster-id; a different one is never accepted.
 */
export function differences(node: NodeSaid, meant: Meant): readonly string[] {
  const wrong: string[] = []
  const isAddress =
    node.detectIp === undefined ? node.addresses.includes(meant.address) : node.detectIp === meant.address
  if (!isAddress)
    wrong.push(`its address is ${node.detectIp ?? (node.addresses.join(' ') || 'unknown')}, not ${meant.address}`)
  const roles = meant.role === 'master' ? ['master'] : ['slave', 'slave_public']
  if (node.roles.length !== 1 || !roles.includes(node.roles[0] ?? '')) {
    wrong.push(`its DC/OS role is ${node.roles.join(' and ') || 'none'}, not ${meant.role}`)
  }
  const mayLackId = meant.role === 'agent' && node.clusterId === undefined
  if (node.clusterId !== meant.clusterId && !mayLackId) {
    wrong.push(`its cluster id is ${node.clusterId ?? 'missing'}, not ${meant.clusterId}`)
  }
  return wrong
}
