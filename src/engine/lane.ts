// One lane of a rolling, from its start to its end.
import type { ActionData, CheckData, Lane, NodeName, PartId } from '../plan/types.ts'
import type { Drive } from './drive.ts'
import type { Stop } from './events.ts'
import { inOrder } from './sequence.ts'

/** How the lanes of a rolling go in the hands of this driver. */
export interface Going {
  readonly underWay: Set<NodeName>
  /** Lanes that stopped, in order. */
  readonly stopped: { readonly node: NodeName; readonly stop: Stop; readonly canary: boolean }[]
  /** Why this driver begins nothing more. */
  halted?: Stop
  /** What a lane threw; raised once all lanes have ended. */
  thrown?: { readonly error: unknown }
  /** Resolved when a lane ends, then there is another one. */
  laneEnded: PromiseWithResolvers<void>
}

/**
 * Takes one lane to its end and notes it in `going`; never rejects. `because` is the reason of its choice; without one the lane
 * was begun before and goes on. A lane that was interrupted is not journaled as stopped: it goes on first on resume.
 */
export async function doLane<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  rolling: PartId,
  { node, parts }: Lane<A, C>,
  because: string | undefined,
  going: Going,
  canary: boolean,
): Promise<void> {
  try {
    if (because !== undefined) await drive.record({ event: 'lane-started', rolling, node, because })
    const stop = await inOrder(drive, parts)
    if (!stop) await drive.record({ event: 'lane-finished', rolling, node })
    else if (stop.why === 'interrupted' || stop.why === 'claim-lost') going.halted ??= stop
    else {
      going.stopped.push({ node, stop, canary })
      await drive.record({ event: 'lane-stopped', rolling, node, stop })
    }
  } catch (error) {
    going.thrown ??= { error }
  }
}
