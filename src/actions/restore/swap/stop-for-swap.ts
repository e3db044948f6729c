// Stops, on all masters, what uses the data that is to be replaced. Before it stops, each master gets what brings it back without us.
import type { Performer, StepContext } from '../../../engine/ports.ts'
import type { NodeName } from '../../../plan/types.ts'
import type { Action } from '../../../plan/vocabulary.ts'
import { armBringBack } from '../../../ssh/bring-back-timer.ts'
import { quote } from '../../../ssh/quote.ts'
import type { World } from '../../../world.ts'
import { onMaster, onMasters, placesArgs, statesOf } from './masters.ts'
import { placesOf } from './places.ts'
import { settleScript, stopScript } from './scripts.ts'

type StopForSwap = Extract<Action, { do: 'stop-for-swap' }>

export const stopForSwap: Performer<StopForSwap, World> = {
  /** Once every master has its mark nothing is stopped any more. */
  async look({ what, masters }, world, { run }) {
    const states = await statesOf(world, masters, what, run)
    return states.every(({ mark }) => mark) ? 'in-place' : 'absent'
  },

  async perform({ what, masters, backAfter }, world, context) {
    const { unit } = placesOf(what)
    const settle = `set -- ${placesArgs(what, context.run).map(quote).join(' ')}\n${settleScript}`
    await onMasters(masters, node => armTimer(world, node, unit, context, backAfter))
    context.say(`stopping ${unit} on ${masters.join(', ')}`)
    await onMasters(masters, node => onMaster(world, node, what, context, stopScript, settle))
    return `${unit} is stopped on ${masters.join(', ')}`
  },
}

/** One timer per node and run, whatever step arms it. */
export const timerName = (unit: string, run: string) => ({ run, part: `start-${unit}` })

/** The unit itself sees to it that it starts on settled data. Arming again starts the time anew. */
export async function armTimer(
  world: World,
  node: NodeName,
  unit: string,
  { run }: Pick<StepContext, 'run'>,
  seconds: number,
): Promise<void> {
  await armBringBack(await world.hosts.host(node), {
    ...timerName(unit, run),
    script: `systemctl start ${unit}`,
    seconds,
  })
}
