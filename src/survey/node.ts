// Asks a node over SSH what it is.
import { type NodeSaid, nodeScript, readNode } from '../dcos/node.ts'
import { DcosctlError } from '../errors.ts'
import type { NodeName } from '../plan/types.ts'
import type { World } from '../world.ts'

const scriptWithin = 30_000

/** @throws DcosctlError REFUSED naming the node when the script can't be run there. */
export async function nodeSays({ hosts }: Pick<World, 'hosts'>, name: NodeName): Promise<NodeSaid> {
  const host = await hosts.host(name)
  const ran = await host.run(nodeScript, { as: 'root', within: scriptWithin })
  if (ran.exit === 0) return readNode(ran.stdout)
  throw new DcosctlError('REFUSED', {
    what: `${name} can't say what it is: ${ran.stderr.trim() || `exit ${ran.exit}`}.`,
    state: 'Nothing was changed.',
  })
}
