// Puts what was laid beside the data in its place: on every master, or on none. The data is swapped everywhere first; then every master is made ready
// for its mark; the marks come last, all at once. Up to the first mark each master puts its old data back by itself; from it on only forward is right.
import type { Performer, StepContext } from '../../../engine/ports.ts'
import type { NodeName } from '../../../plan/types.ts'
import type { Action } from '../../../plan/vocabulary.ts'
import type { World } from '../../../world.ts'
import { failuresOn, onMaster, onMasters, statesOf } from './masters.ts'
import { placesOf } from './places.ts'
import { markScript, prepareScript, swapScript } from './scripts.ts'
import { armTimer } from './stop-for-swap.ts'

type SwapData = Extract<Action, { do: 'swap-data' }>

/** Once one master has its mark, the others must get theirs; so often is it tried here before the run pauses, and the close goes on. */
const tries = 3

/** Most seconds between a master's being ready and its mark; its own timer is farther away. */
const longestPrepared = 30

export const swapData: Performer<SwapData, World> = {
  async look({ what, masters }, world, { run }) {
    const states = await statesOf(world, masters, what, run)
    return states.every(({ mark }) => mark) ? 'in-place' : 'absent'
  },

  async perform(action, world, context) {
    const { what, masters } = action
    for (let left = tries; ; left--) {
      const states = await statesOf(world, masters, what, context.run)
      const unmarked = masters.filter((_, at) => !states[at]?.mark)
      if (unmarked.length === 0) return `the new data is in place on ${masters.join(', ')}`
      try {
        await ready(action, unmarked, world, context)
      } catch (error) {
        if (unmarked.length === masters.length || left === 1) throw error
        continue
      }
      context.signal.throwIfAborted() // Up to here all can go back.
      const failed = await failuresOn(unmarked, node =>
        onMaster(world, node, what, context, markScript, String(preparedFor(action))),
      )
      if (failed.length > 0 && left === 1) throw new Error(failed.join('; '))
    }
  },
}

const preparedFor = ({ backAfter }: SwapData): number => Math.min(longestPrepared, Math.floor(backAfter / 2))

async function ready(
  { what, backAfter }: SwapData,
  masters: readonly NodeName[],
  world: World,
  context: StepContext,
): Promise<void> {
  const { unit } = placesOf(what)
  await onMasters(masters, async node => {
    const { laid } = await laidOn(world, node, what, context.run)
    await onMaster(world, node, what, context, swapScript, laid)
  })
  context.say(`swapped on ${masters.join(', ')}`)
  await onMasters(masters, node => armTimer(world, node, unit, context, backAfter))
  await onMasters(masters, node => onMaster(world, node, what, context, prepareScript))
}

/** The epoch that the image has, as its master remembers it. */
async function laidOn(world: World, node: NodeName, what: SwapData['what'], run: string): Promise<{ laid: string }> {
  const [state] = await statesOf(world, [node], what, run)
  return { laid: /epoch=(\d+)/.exec(state?.laid ?? '')?.[1] ?? 'none' }
}
