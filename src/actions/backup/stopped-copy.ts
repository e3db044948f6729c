// Ships what a `copy-stopped` of this run left on the node. It stays there until the next stopped copy, or for six hours at most.
import { keptScript as keptLogs } from '../../mesos/replicated-log/hot-copy.ts'
import type { NodeName } from '../../plan/types.ts'
import type { StoppedService } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { keptScript as keptFiles } from '../../zookeeper/files/hot-copy.ts'
import { idleWithin } from './source.ts'
import { copyFolder } from './stopped-service.ts'

export interface Kept {
  readonly node: NodeName
  readonly service: StoppedService
  readonly run: string
}

/** @throws ScriptFailed while it is read, where there is no such copy */
export async function stoppedCopy(
  world: World,
  { node, service, run }: Kept,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const host = await world.hosts.host(node)
  const script = service === 'zookeeper' ? keptFiles : keptLogs
  const { stdout } = await host.stream(script, { as: 'root', args: [copyFolder(service, run)], idleWithin, signal })
  return stdout
}
