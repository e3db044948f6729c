// Asks a person before a run that changes something: the cluster's name must be typed, or given by `--confirm` in scripts.
import { DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import { askPerson } from './ask-person.ts'
import { showPlan } from './plans.ts'

/** Whoever is asked sees the whole plan first. @throws as `confirm` */
export const confirmPlan = (plan: DcosPlan, given: string | undefined): Promise<void> =>
  confirm(plan.cluster.name, plan.title, given, `${showPlan(plan)}\n`)

/**
 * @param preview shown to whoever is asked
 * @throws DcosctlError REFUSED when the answer is another one, or nobody is there to ask.
 */
export async function confirm(cluster: string, what: string, given: string | undefined, preview = ''): Promise<void> {
  if (given === cluster) return
  if (given !== undefined) {
    throw new DcosctlError('REFUSED', {
      what: `--confirm says ${given}, but the cluster is ${cluster}.`,
      state: 'Nothing was changed.',
    })
  }
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new DcosctlError('REFUSED', {
      what: `${what} must be confirmed, and there is no terminal to ask on.`,
      state: 'Nothing was changed.',
      next: [`confirm it:  --confirm ${cluster}`],
    })
  }
  process.stderr.write(preview)
  if ((await askPerson(`${what}: type the name of the cluster to go on: `)) === cluster) return
  throw new DcosctlError('REFUSED', { what: 'It was not confirmed.', state: 'Nothing was changed.' })
}
