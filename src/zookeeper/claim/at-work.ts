// Is a changing run at work? Beside one that is paused a reading run may go; beside one that is driven it waits. One whose driver died is
// neither: nobody will pause or end it by himself, so waiting for that would be for ever.
import { Busy, Claimed } from './errors.ts'
import type { Standing } from './show.ts'

/**
 * A driver that died a moment ago still counts as one: its holder goes with its session. `look` is asked again before a claim is said to
 * have no driver, since it reads claim and holder one after the other, and a driver that leaves in between takes only the second away.
 * Nothing else parts them: they are made in one multi, and each new driver raises the token.
 * @throws Busy while a changing run is driven
 * @throws Claimed where it says running and nobody drives it
 */
export async function seeThatNobodyIsAtWork(look: () => Promise<Standing>): Promise<void> {
  let undriven: number | undefined
  for (;;) {
    const { claim, holder } = await look()
    if (claim?.node.state !== 'running') return
    if (holder) throw new Busy(claim.node)
    if (claim.node.token === undriven) throw new Claimed(claim.node, undefined, besideDead)
    undriven = claim.node.token
  }
}

const besideDead =
  'A reading run may go beside one that is paused, not beside one whose driver died: what that began may still be at work on a node.'
