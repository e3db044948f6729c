// Writes a cluster file from what was discovered: as an operator would, with what is still to be decided as comments.
import { access as canAccess, writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { parseClusterFile } from '../../config/load.ts'
import { because, DcosctlError } from '../../errors.ts'
import type { Found } from './discover.ts'

/** Asked before anything is. @throws DcosctlError USAGE */
export async function refuseIfThere(path: string): Promise<void> {
  const there = await canAccess(path).then(
    () => true,
    () => false,
  )
  if (!there) return
  throw new DcosctlError('USAGE', {
    what: `${path} is there already; init never overwrites one.`,
    state: 'Nothing was touched.',
    next: ['write another one:  --config FILE'],
  })
}

/** @throws DcosctlError USAGE when it can't be written. */
export async function writeClusterFile(path: string, found: Found, name: string | undefined): Promise<void> {
  const text = clusterFileText(found, name)
  const parsed = parseClusterFile(text)
  if ('findings' in parsed)
    throw new Error(`the cluster file that was made has findings: ${JSON.stringify(parsed.findings)}`)
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new DcosctlError('USAGE', {
      what: `${path} can't be written: ${because(error)}.`,
      state: 'Nothing was changed.',
    })
  }
}

function clusterFileText({ clusterId, clusterName, masters, agents, access }: Found, name: string | undefined): string {
  const discovered = stringify({
    cluster: { name: name ?? nameFrom(clusterName), id: clusterId },
    masters: masters.map(({ name: its, address, host }) => ({ name: its, address, ...(host ? { host } : {}) })),
    nodes: Object.fromEntries(agents.map(agent => [agent.address, { name: agent.name }])),
    ssh: {
      ...(access.user ? { user: access.user } : {}),
      ...(access.identities.length > 0 ? { identities: [...access.identities] } : {}),
      ...(access.knownHosts.length > 0 ? { knownHosts: [...access.knownHosts] } : {}),
    },
  })
  return `# The cluster file of dcosctl. Every key is checked; dcosctl says what it does not know.
${discovered}
# Where backups go, and for whom they are encrypted (age recipients, or the word none):
# store: { s3: { bucket: my-backups, region: eu-central-1 } }
# store: { directory: /srv/backups }
# encryption: [age1…]

# The node upgrade script that the bootstrap node generated, and how agents are upgraded:
# upgrade:
#   scriptUrl: http://bootstrap.example/upgrade/…/dcos_node_upgrade.sh
#   agents: { atMost: 2, canaries: 1, soak: 5m }
`
}

/** Mesos' name of the cluster with everything else made a dash. */
function nameFrom(clusterName: string | undefined): string {
  const name = (clusterName ?? '').replaceAll(/[^A-Za-z0-9.-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '')
  return name || 'dcos'
}
