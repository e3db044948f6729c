// Where the lab's hosts meet the simulated DC/OS services: what goes onto a node's disk, what serves the bootstrap address.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NodeFile } from './node-files.ts'
import { bootstrapUrl, type NodeSpec } from './topology.ts'

export interface ServicesSpec extends NodeSpec {
  readonly masters: readonly { readonly name: string; readonly address: string }[]
  readonly agents: readonly { readonly name: string; readonly address: string }[]
  readonly version: string
  readonly clusterId: string
  readonly bootstrapUrl: string
}

interface Services {
  nodeFiles(spec: ServicesSpec): Promise<readonly NodeFile[]>
  bootstrapCommand(spec: ServicesSpec): { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv }
}

const file = join(import.meta.dirname, 'services/install.ts')

export async function services(): Promise<Services | undefined> {
  if (!existsSync(file)) return undefined
  const loaded: Services = await import(pathToFileURL(file).href)
  return loaded
}

export function servicesSpec(
  node: NodeSpec,
  nodes: readonly NodeSpec[],
  version: string,
  clusterId: string,
): ServicesSpec {
  const pick = (role: NodeSpec['role']) =>
    nodes.filter(other => other.role === role).map(({ name, address }) => ({ name, address }))
  return { ...node, masters: pick('master'), agents: pick('agent'), version, clusterId, bootstrapUrl }
}
