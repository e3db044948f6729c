// What the latest backup on this host came to, beside its runs: what `schedule show` tells, and what metrics remember over a failed night.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { runsFolder } from '../../engine/runs.ts'
import { writeWhole } from '../../whole-file.ts'

const good = z.strictObject({
  backup: z.string(),
  started: z.iso.datetime(),
  finished: z.iso.datetime(),
  bytes: z.number(),
  objects: z.number(),
  level: z.enum(['decoded', 'stored']),
})

const record = z.strictObject({
  format: z.literal('dcosctl-last-backup'),
  version: z.literal(1),
  clusterId: z.string(),
  started: z.iso.datetime(),
  /** Which process takes it; `mark` tells it from a later one with its number. */
  process: z.strictObject({ pid: z.number(), mark: z.string() }).nullable(),
  /** Null while it is under way, and for good where it was killed. */
  ended: z.strictObject({ at: z.iso.datetime(), exit: z.number(), code: z.string(), what: z.string() }).nullable(),
  /** The newest backup that this host took. */
  lastSuccess: good.nullable(),
})
export type LastBackup = z.output<typeof record>

export const lastBackupPath = (
  environment: { readonly XDG_STATE_HOME?: string | undefined },
  cluster: string,
): string => join(dirname(runsFolder(environment, cluster)), 'last-backup.json')

/** Undefined where there is none, or none of this cluster that can be read: then nothing is remembered. @throws for a disk that fails */
export async function readLast(path: string, clusterId: string): Promise<LastBackup | undefined> {
  try {
    const seen = record.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return seen.success && seen.data.clusterId === clusterId ? seen.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeLast(path: string, last: LastBackup): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeWhole(path, `${JSON.stringify(record.parse(last), undefined, 2)}\n`, 0o600)
}
