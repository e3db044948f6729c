// Every node can fetch the upgrade script, and it is the one that was pinned: a stale bootstrap server shows here, not half way through.
import { fetchScriptDigest } from '../dcos/upgrade-script.ts'
import type { Ask } from './checker.ts'
import { count, everyNode } from './every-node.ts'

export const scriptReachable: Ask<'script-reachable'> = ({ nodes, script }, world) =>
  everyNode(
    nodes,
    {
      well: `on ${count(nodes, 'node')}`,
      wanted: `sha256 ${script.sha256.slice(0, 12)}… from every node`,
      remedy: `look at the bootstrap server:  curl -fsI ${script.url}`,
    },
    async node => {
      const digest = await fetchScriptDigest(await world.hosts.host(node), script.url)
      return digest === script.sha256 ? undefined : `gets another script (sha256 ${digest.slice(0, 12)}…)`
    },
  )
