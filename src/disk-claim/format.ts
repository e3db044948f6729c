// What stands in /var/lib/dcosctl/claim/claim.json on the masters' disks: the claim as in ZooKeeper, and how far it got.
import { z } from 'zod'
import { DcosctlError } from '../errors.ts'

const diskClaim = z.object({
  format: z.literal(1),
  cluster: z.string(),
  run: z.string(),
  runbook: z.string(),
  /** A reading run ends with its process: its claim is worth nothing once nobody keeps it young. */
  kind: z.enum(['changing', 'reading']),
  who: z.object({ user: z.string(), host: z.string(), pid: z.int() }),
  since: z.string(),
  /** `taking`: laid down, and not known yet whether a majority of the masters took it. */
  state: z.enum(['taking', 'running', 'paused']),
  token: z.int().min(1),
})

export type DiskClaimNode = Readonly<z.infer<typeof diskClaim>>

/** One line; two claims are the same when their texts are. */
export const textOf = (node: DiskClaimNode): string => JSON.stringify(node)

/** @throws DcosctlError REFUSED where this dcosctl can't read it */
export function readDiskClaim(master: string, text: string): DiskClaimNode {
  try {
    return diskClaim.parse(JSON.parse(text))
  } catch (cause) {
    throw new DcosctlError('REFUSED', {
      what: `/var/lib/dcosctl/claim/claim.json on ${master} is not what this dcosctl writes.`,
      state: 'Somebody may have this cluster. Nothing was changed.',
      next: ['use the dcosctl that wrote it, or ask whoever works on this cluster before removing it'],
      cause,
    })
  }
}
