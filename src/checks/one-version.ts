// All nodes run one DC/OS version; two are seen in the middle of an upgrade.
import type { NodeName } from '../plan/types.ts'
import { nodeSays } from '../survey/node.ts'
import type { Ask } from './checker.ts'
import { count, everyNode } from './every-node.ts'

export const oneVersion: Ask<'one-version'> = async ({ nodes, version }, world) => {
  const found = new Map<string, NodeName[]>()
  const verdict = await everyNode(nodes, { well: '', wanted: version ?? 'one version on all nodes' }, async node => {
    const said = await nodeSays(world, node)
    if (said.brokenSwap) return `has a package swap that was cut off (${said.brokenSwap})`
    if (!said.version) return 'has no readable dcos-version.json'
    const same = found.get(said.version)
    if (same) same.push(node)
    else found.set(said.version, [node])
    return undefined
  })
  if (!verdict.well) return { ...verdict, remedy: 'look at the node before anything else' }
  const versions = [...found.keys()]
  if (versions.length === 1 && (version === undefined || versions[0] === version)) {
    return {
      well: true,
      saw: version === undefined ? `${versions[0]} on ${count(nodes, 'node')}` : `on ${count(nodes, 'node')}`,
      wanted: verdict.wanted,
    }
  }
  const said = [...found].map(
    ([what, where]) => `${what} on ${where.length > 4 ? `${where.length} nodes` : where.join(', ')}`,
  )
  return {
    well: false,
    saw: said.join('; '),
    wanted: verdict.wanted,
    remedy: 'is an upgrade half way?  dcosctl run list',
  }
}
