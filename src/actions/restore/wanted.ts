// The definitions that a restore gives back, read from the backup once for all steps of a run.
import { z } from 'zod'
import { group } from '../../marathon/groups.ts'
import { type Held, heldIn } from '../../marathon/walk.ts'
import { type Job, jobs } from '../../metronome/metronome.ts'
import type { BackupSource } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { openSource } from './open-source.ts'

const read = new WeakMap<World, Map<string, Promise<unknown>>>()

/** @throws Error where the backup is not the one that the plan pinned, or has none of that id */
export async function wantedApp(world: World, source: BackupSource, kind: Held['kind'], id: string): Promise<Held> {
  const found = (await groupsOf(world, source)).find(held => held.kind === kind && held.id === id)
  if (found) return found
  throw new Error(`${source.object} of ${source.backup} has no ${kind} ${id}`)
}

/** @throws Error as `wantedApp` */
export async function wantedJob(world: World, source: BackupSource, id: string): Promise<Job> {
  const found = (await jobsOf(world, source)).find(job => job.id === id)
  if (found) return found
  throw new Error(`${source.object} of ${source.backup} has no job ${id}`)
}

export const rootOf = async (world: World, source: BackupSource) => group.parse(await jsonOf(world, source))
const groupsOf = async (world: World, source: BackupSource) => heldIn(await rootOf(world, source))
export const jobsOf = async (world: World, source: BackupSource) => jobs.parse(await jsonOf(world, source))

function jsonOf(world: World, source: BackupSource): Promise<unknown> {
  const known = read.get(world) ?? new Map<string, Promise<unknown>>()
  read.set(world, known)
  const before = known.get(source.sha256)
  if (before) return before
  const parsed = parse(world, source)
  known.set(source.sha256, parsed)
  parsed.catch(() => known.delete(source.sha256)) // A failure is not kept: the next one reads anew.
  return parsed
}

async function parse(world: World, source: BackupSource): Promise<unknown> {
  const { plain } = await openSource(world, source)
  const chunks: Uint8Array[] = []
  for await (const chunk of plain()) chunks.push(chunk)
  return z.unknown().parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
}
