// A master of which a backup can't have everything, and is taken without. Pure.
import type { NodeName } from '../plan/types.ts'

export interface Aside {
  readonly name: NodeName
  readonly why: string
  /** Whether SSH lets us in: its files can be copied. */
  readonly isReached: boolean
  /** Whether its ZooKeeper is in the quorum. */
  readonly serves: boolean
}
