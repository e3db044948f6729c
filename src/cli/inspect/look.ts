// What is in ZooKeeper's files and what may be claimed of it, as `inspect zookeeper` answers it; nothing in them can make it throw.
import { because } from '../../errors.ts'
import { inspectLarge, type LargeInspection } from '../../zookeeper/files/large-state.ts'
import { BrokenArchive, openForInspection, recordedBeside } from './open.ts'

export interface Asked {
  readonly upTo: bigint | undefined
  /** Said by the operator; goes before what a manifest says. */
  readonly fuzzEnd: bigint | undefined
}

/** @throws DcosctlError USAGE where `path` is nothing that can be inspected; what the disk says otherwise */
export async function look(path: string, { upTo, fuzzEnd: said }: Asked): Promise<LargeInspection> {
  try {
    const files = await openForInspection(path)
    const recorded = await recordedBeside(path)
    const fuzzEnd = said ?? recorded.fuzzEnd
    const options = { ...(upTo === undefined ? {} : { upTo }), ...(fuzzEnd === undefined ? {} : { fuzzEnd }) }
    const inspection = await inspectLarge(files, options)
    return { ...inspection, notes: [...recorded.notes, ...inspection.notes] }
  } catch (error) {
    if (!(error instanceof BrokenArchive)) throw error
    return { claim: 'none', reason: because(error), notes: [] }
  }
}
