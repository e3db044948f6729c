// A test of everybody who is to hear of backups.
import { hostname } from 'node:os'
import type { ClusterFile } from '../../config/schema.ts'
import { DcosctlError } from '../../errors.ts'
import { usualKnock } from '../../notify/knock.ts'
import { type Delivery, tellTest } from '../../notify/tell.ts'

/** @throws DcosctlError USAGE where the cluster file names nobody */
export async function tryNotices(
  { notify, cluster }: ClusterFile,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Delivery[]> {
  const about = { cluster, host: hostname(), started: new Date().toISOString() }
  const deliveries = await tellTest(notify, about, { environment, patience: usualKnock })
  if (deliveries.length > 0) return deliveries
  throw new DcosctlError('USAGE', {
    what: 'The cluster file names nobody to tell.',
    state: 'Nothing was touched.',
    next: ['add to it:  notify: { webhook: { url: https://… } }'],
  })
}

/** Undefined when all were told. */
export function notTold(deliveries: readonly Delivery[]): DcosctlError | undefined {
  const failed = deliveries.filter(({ trouble }) => trouble !== undefined)
  if (failed.length === 0) return undefined
  return new DcosctlError('UNWELL', {
    what: failed.map(({ to, trouble }) => `${to} could not be told: ${trouble}.`).join('\n'),
    state: 'Nothing was changed.',
    next: ['look at the cluster file: notify'],
  })
}
