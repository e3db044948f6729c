// One write to a LevelDB key, as found in a table or a write-ahead log.
import type { Place } from '../damage.ts'

export interface Entry {
  /** One character per byte. */
  readonly key: string
  /** Rises with every write of the database. */
  readonly sequence: bigint
  /** `undefined`: the key was deleted. */
  readonly value: Uint8Array | undefined
  readonly place: Place
}
