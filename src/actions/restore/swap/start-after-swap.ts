// Starts again what was stopped for a swap: with the new data everywhere if any master has its mark, with the old everywhere if none has.
import type { Performer, StepContext } from '../../../engine/ports.ts'
import { because } from '../../../errors.ts'
import type { NodeName } from '../../../plan/types.ts'
import type { Action } from '../../../plan/vocabulary.ts'
import { disarmBringBack } from '../../../ssh/bring-back-timer.ts'
import type { World } from '../../../world.ts'
import { failuresOn, onMaster, settledStateOf, statesOf } from './masters.ts'
import { placesOf } from './places.ts'
import { finishScript } from './scripts.ts'
import { timerName } from './stop-for-swap.ts'

type StartAfterSwap = Extract<Action, { do: 'start-after-swap' }>

export const startAfterSwap: Performer<StartAfterSwap, World> = {
  async look({ what, masters }, world, { run }) {
    const states = await statesOf(world, masters, what, run)
    const settled = states.every(({ active, guard }) => active && !guard)
    return settled && new Set(states.map(({ mark }) => mark)).size === 1 ? 'in-place' : 'absent'
  },

  async perform(action, world, context) {
    const { what, masters } = action
    const { unit } = placesOf(what)
    const data = await decide(action, world, context)
    const failed = await failuresOn(masters, async node => {
      await onMaster(world, node, what, context, finishScript, data)
      await disarmBringBack(await world.hosts.host(node), timerName(unit, context.run))
    })
    if (failed.length > 0) throw new Error(failed.join('; '))
    return `${unit} runs on ${masters.join(', ')}, with the ${data} data`
  },
}

/**
 * A mark may still be on its way to a master's disk, of us or of a driver before us: each is asked once that has come to its end.
 * @throws Error while a master that may have the mark can't be asked, and none of the others has: then neither direction is known to be right. Each
 * master's own timer starts ZooKeeper all the same; Mesos masters that were ready for the mark wait.
 */
async function decide({ what, masters }: StartAfterSwap, world: World, context: StepContext): Promise<'new' | 'old'> {
  const { mustEndFirst = [] } = context
  const asked = await Promise.allSettled(masters.map(node => settledStateOf(world, node, what, context)))
  const states = asked.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  if (states.some(({ mark }) => mark)) return 'new'
  const silent = asked.flatMap((one, at) => (one.status === 'rejected' ? [says(masters[at] ?? '', one.reason)] : []))
  // Beside the open one step is begun: the swap. Where it never was, nobody can have the mark.
  const swapBegun = mustEndFirst.length > 1
  // Marks come once every master is ready: one that is not shows that nobody has any.
  if (silent.length === 0 || !swapBegun || states.some(({ ready }) => !ready)) return 'old'
  throw new Error(`it is not known which data is the right one: ${silent.join('; ')}, and no other master has the mark`)
}

const says = (node: NodeName, reason: unknown): string => `${node} can't be asked (${because(reason)})`
