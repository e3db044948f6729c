// Parts that are done one after the other, the first one that stops ends them.
import type { ActionData, CheckData, LanePart } from '../plan/types.ts'
import type { Drive } from './drive.ts'
import { doDuring } from './during.ts'
import type { Stop } from './events.ts'
import { askGate } from './gate.ts'
import { doStep } from './step.ts'
import { partsLeft } from './where-to-go-on.ts'

/** Does what is left of the parts of a lane or of the inside of a during. */
export async function inOrder<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  parts: readonly LanePart<A, C>[],
): Promise<Stop | undefined> {
  for (const part of partsLeft(parts, drive)) {
    const stop = await doPart(drive, part)
    if (stop) return stop
  }
  return undefined
}

/** Does one part. */
export function doPart<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  part: LanePart<A, C>,
): Promise<Stop | undefined> {
  switch (part.kind) {
    case 'step':
      return doStep(drive, part)
    case 'gate':
      return askGate(drive, part)
    case 'during':
      return doDuring(drive, part)
  }
}
