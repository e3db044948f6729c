// What stands in dcosctl's own znodes, as JSON that a person can read with any ZooKeeper client.
import { z } from 'zod'
import { DcosctlError } from '../../errors.ts'

/** `/dcosctl` is dcosctl's own: never restored, no foreign znode. */
export const paths = {
  root: '/dcosctl',
  /** Persistent counter: raised by each new driver, never lowered or removed. */
  token: '/dcosctl/token',
  /** Persistent: who has the cluster, from a run's start to its end. */
  claim: '/dcosctl/claim',
  /** Ephemeral: who drives now. */
  holder: '/dcosctl/holder',
  /** Parent of one ephemeral znode per reading run. */
  reading: '/dcosctl/reading',
} as const

const who = z.object({ user: z.string(), host: z.string(), pid: z.int() })
const token = z.int().min(1)

const claim = z.object({
  format: z.literal(1),
  /** `/cluster-id` of the cluster that is claimed. */
  cluster: z.string(),
  run: z.string(),
  runbook: z.string(),
  /** Who drove last; `host` decides who may resume. */
  who,
  /** When the run began, ISO 8601 in UTC. */
  since: z.string(),
  state: z.enum(['running', 'paused']),
  token,
})

const holder = z.object({ format: z.literal(1), run: z.string(), who, since: z.string(), token })

const reading = z.object({ format: z.literal(1), run: z.string(), runbook: z.string(), who, since: z.string() })

/** A person or cron at a workstation. */
export type Who = Readonly<z.infer<typeof who>>
export type ClaimNode = Readonly<z.infer<typeof claim>>
export type HolderNode = Readonly<z.infer<typeof holder>>
export type ReadingNode = Readonly<z.infer<typeof reading>>

export const toBytes = (node: ClaimNode | HolderNode | ReadingNode): Buffer => Buffer.from(`${JSON.stringify(node)}\n`)

/** @throws DcosctlError REFUSED where this dcosctl can't read it */
export const readClaim = (bytes: Buffer): ClaimNode => read(paths.claim, claim, bytes)
/** @throws DcosctlError REFUSED */
export const readHolder = (bytes: Buffer): HolderNode => read(paths.holder, holder, bytes)
/** @throws DcosctlError REFUSED */
export const readReading = (bytes: Buffer): ReadingNode => read(paths.reading, reading, bytes)

export const counterBytes = (token: number): Buffer => Buffer.from(`${token}\n`)

/** @throws DcosctlError REFUSED */
export function readCounter(bytes: Buffer): number {
  const text = bytes.toString('utf8').trim()
  if (!/^\d{1,15}$/.test(text))
    throw unreadable(paths.token, `holds ${JSON.stringify(text.slice(0, 40))}, wanted a number`)
  return Number(text)
}

function read<T>(path: string, schema: z.ZodType<T>, bytes: Buffer): T {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw unreadable(path, 'is not JSON')
  }
  const format = z.object({ format: z.number() }).safeParse(value)
  if (format.success && format.data.format !== 1) {
    throw unreadable(path, `has format ${format.data.format}, this dcosctl knows format 1`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw unreadable(path, `is not what dcosctl writes (${z.prettifyError(parsed.error).replaceAll('\n', ' ')})`)
  return parsed.data
}

function unreadable(path: string, finding: string): DcosctlError {
  return new DcosctlError('REFUSED', {
    what: `ZooKeeper's ${path} ${finding}.`,
    state: 'Somebody may have this cluster. Nothing was changed.',
    next: ['use the dcosctl that wrote it, or ask whoever works on this cluster before removing it'],
  })
}
