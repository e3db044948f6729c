// The agents that a replicated log admits, beside those that the leading master named: two copies of one registry, taken a moment apart.
import { z } from 'zod'
import { few } from '../../cluster/few.ts'
import type { LogVerdict } from '../../mesos/replicated-log/archive.ts'
import { registryVariable, summarizeRegistry } from '../../mesos/replicated-log/registry.ts'
import type { Finding } from '../../store/verify-backup.ts'

export interface AgentsOf {
  readonly object: string
  /** Host names by id. */
  readonly agents: ReadonlyMap<string, string>
}

export function agentsInLog(object: string, verdicts: readonly LogVerdict[]): AgentsOf[] {
  return verdicts.flatMap(verdict => {
    const variable = verdict.sound ? verdict.replica.variables.get(registryVariable) : undefined
    if (!variable) return []
    return { object, agents: new Map(summarizeRegistry(variable).agents.map(({ id, hostname }) => [id, hostname])) }
  })
}

/** As `/registrar(1)/registry` prints it. */
const registry = z.object({
  slaves: z
    .object({
      slaves: z
        .array(z.object({ info: z.object({ id: z.object({ value: z.string() }), hostname: z.string() }) }))
        .default([]),
    })
    .default({ slaves: [] }),
})

/** @throws ZodError where it is no registry */
export function agentsInRegistry(object: string, body: unknown): AgentsOf {
  const { slaves } = registry.parse(body).slaves
  return { object, agents: new Map(slaves.map(({ info }) => [info.id.value, info.hostname])) }
}

/** An agent may have come or gone between the two copies; two that have nothing in common are not of one cluster, or one is stale. */
export function compareAgents(log: AgentsOf, registry: AgentsOf): { remark?: string; finding?: Finding } {
  const onlyIn = (one: AgentsOf, other: AgentsOf) => [...one.agents].filter(([id]) => !other.agents.has(id))
  const inLog = onlyIn(log, registry)
  const inRegistry = onlyIn(registry, log)
  if (inLog.length + inRegistry.length === 0) return {}
  const nothingInCommon = inLog.length === log.agents.size && inRegistry.length === registry.agents.size
  if (nothingInCommon && log.agents.size > 0 && registry.agents.size > 0) {
    const saw = `${log.agents.size} agents, none of them in ${registry.object}`
    return {
      finding: { object: log.object, fault: 'contradicts', saw, wanted: `the ${registry.agents.size} agents there` },
    }
  }
  const named = (agents: readonly (readonly [string, string])[]) => few(agents.map(([, hostname]) => hostname))
  const parts = [
    ...(inLog.length > 0 ? [`${named(inLog)} only in ${log.object}`] : []),
    ...(inRegistry.length > 0 ? [`${named(inRegistry)} only in ${registry.object}`] : []),
  ]
  return { remark: `Agents came or went between the two copies: ${parts.join('; ')}.` }
}
