// Shows, saves and compares plans.
import { writeFile } from 'node:fs/promises'
import { because, DcosctlError } from '../errors.ts'
import { planDifferences } from '../plan/compare.ts'
import { describeAction } from '../plan/describe.ts'
import { planText } from '../plan/text.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'

export const showPlan = (plan: DcosPlan): string => planText(plan, describeAction)

/** Never over a file that is there: it may be in a change ticket. @throws DcosctlError USAGE */
export async function savePlan(path: string, plan: DcosPlan): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(plan, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new DcosctlError('USAGE', {
      what: `The plan can't be saved: ${because(error)}.`,
      state: 'Nothing was changed.',
    })
  }
}

/** Asked before anything of the cluster is. @throws DcosctlError REFUSED for the plan of another cluster. */
export function sameCluster(saved: DcosPlan, cluster: { readonly name: string; readonly id: string }): void {
  if (saved.cluster.id === cluster.id) return
  throw new DcosctlError('REFUSED', {
    what: `The plan is of another cluster: ${saved.cluster.name} (${saved.cluster.id}), not ${cluster.name} (${cluster.id}).`,
    state: 'Nothing was changed.',
    next: ['make one for this cluster:  dcosctl upgrade --plan --out plan.json'],
  })
}

/** @throws DcosctlError REFUSED when the cluster has changed so that the saved plan is not the one that would be made now. */
export function stillHolds(saved: DcosPlan, made: DcosPlan): void {
  const differences = planDifferences(saved, made)
  if (differences.length === 0) return
  throw new DcosctlError('REFUSED', {
    what: `The saved plan no longer fits the cluster: ${differences.join('; ')}.`,
    state: 'Nothing was changed.',
    next: ['make it anew:  dcosctl upgrade --plan --out plan.json'],
  })
}

/** Where the plan's nodes fetch the script. */
export function scriptUrlOf(plan: DcosPlan): string | undefined {
  for (const stage of plan.stages) {
    for (const part of stage.parts)
      if (part.kind === 'gate' && part.check.ask === 'script-reachable') return part.check.script.url
  }
  return undefined
}
