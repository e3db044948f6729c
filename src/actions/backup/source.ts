// What a source of an object of a backup is.
import type { BackupObject } from '../../plan/vocabulary.ts'
import type { Content } from '../../store/manifest.ts'
import type { World } from '../../world.ts'

interface Source {
  /** Throws while it is read if its content does not decode. */
  readonly plain: AsyncIterable<Uint8Array>
  /** Asked for once `plain` has ended. */
  content(): Content
}

/** `run`: whose copies on nodes these are. */
export type OpenSource = (world: World, object: BackupObject, signal: AbortSignal, run: string) => Promise<Source>

/** Milliseconds without a byte after which a stream from a node is given up. */
export const idleWithin = 60_000
