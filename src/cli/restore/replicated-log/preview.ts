// What a restore of the replicated logs would change, in the operator's words. Pure.
import { few } from '../../../cluster/few.ts'
import type { LogName } from '../../../mesos/replicated-log/archive.ts'
import type { GroupImage } from '../../../mesos/replicated-log/group-image.ts'
import { registryVariable, summarizeRegistry } from '../../../mesos/replicated-log/registry.ts'
import type { LivingRegistry } from './living-registry.ts'

export interface Preview {
  /** When the backup was begun. */
  readonly taken: string
  readonly images: ReadonlyMap<LogName, GroupImage>
  readonly registry: GroupImage | undefined
  readonly living: LivingRegistry | { readonly why: string }
}

export function previewOf({ taken, images, registry, living }: Preview): readonly string[] {
  const variable = registry?.replica.variables.get(registryVariable)
  if (!variable) return []
  const { agents, gone, quotas, weights, minimumCapabilities } = summarizeRegistry(variable)
  return [
    `The registry is that of ${taken}: ${agents.length} agents, ${gone.length} marked gone, ${quotas.length} quotas, ${weights.length} weights. What Mesos recorded since is lost.`,
    ...('why' in living
      ? [`Mesos' registry of now could not be had (${living.why}): which agents would differ is not known.`]
      : sayAgents(agents, gone, living)),
    ...(minimumCapabilities.length > 0
      ? [`It asks of each master: ${minimumCapabilities.join(', ')}. A master without these refuses to start.`]
      : []),
    ...[...images].flatMap(([log, { dropped }]) =>
      dropped.length > 0
        ? [
            `${log}: ${dropped.length} positions at its end are dropped, of which the copy does not know whether they were chosen.`,
          ]
        : [],
    ),
    ...(images.has('overlay_replicated_log')
      ? []
      : ['The copy has no overlay log: that one starts empty, and the overlay hands out its subnets anew.']),
  ]
}

function sayAgents(
  agents: readonly { readonly id: string; readonly hostname: string }[],
  gone: readonly { readonly id: string }[],
  living: LivingRegistry,
): readonly string[] {
  const [then, now] = [new Set(agents.map(({ id }) => id)), new Set(living.agents)]
  const missing = living.agents.filter(id => !then.has(id))
  const returning = agents.filter(({ id }) => !now.has(id))
  const pardoned = living.gone.filter(id => !gone.some(one => one.id === id))
  return [
    missing.length + returning.length === 0
      ? `The ${now.size} agents that are registered now are those of the copy.`
      : `${missing.length} agents of now are not in it and register anew; ${returning.length} of it are not registered now (${few(returning.map(({ hostname }) => hostname)) || 'none'}): Mesos waits for them and then calls them unreachable.`,
    ...(pardoned.length > 0
      ? [`${pardoned.length} agents were marked gone since and may come back: ${few(pardoned)}.`]
      : []),
  ]
}

export const previewOfEmptied = (node: string, others: readonly string[]): readonly string[] => [
  `Nothing of the backup is put under ${node}: an old copy beside masters that have gone on would break what they have promised each other. Its logs start empty and are filled from ${others.join(' and ')}.`,
  `Meanwhile ${node} does not vote: no other master may go down until it has caught up.`,
  'The old logs stay on it, in .dcosctl-restore-RUN/old beside the new ones: remove them by hand.',
]
