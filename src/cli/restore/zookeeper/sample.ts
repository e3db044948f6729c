// Some znodes of a state, spread over it, by which a restored ensemble is known again.

import { hex } from '../../../zookeeper/files/damage.ts'
import type { LargeState } from '../../../zookeeper/files/large-state.ts'
import { renderPath } from '../../../zookeeper/files/print-tree.ts'
import type { Rules } from '../../../zookeeper/files/replay.ts'
import { shownOwner } from '../../../zookeeper/files/tree.ts'

const most = 20

export async function sampleOf(
  state: LargeState,
  rules: Rules,
): Promise<readonly { readonly path: string; readonly czxid: string }[]> {
  const every = Math.max(1, Math.floor(state.totals.znodes / most))
  const found: { readonly path: string; readonly czxid: string }[] = []
  let at = 0
  for await (const batch of state.parentsFirst()) {
    for (const [key, { ephemeralOwner, czxid }] of batch) {
      const counts = shownOwner(ephemeralOwner, rules) === 0n && !/^(\/(zookeeper|dcosctl)(\/.*)?)?$/.test(key)
      // Paths that a client could not be asked for as they are written are left out.
      if (!counts || !/^[\x20-\x7e]+$/.test(key)) continue
      if (at++ % every === 0 && found.length < most) found.push({ path: renderPath(key), czxid: hex(czxid) })
    }
  }
  return found
}
