// Follows a deployment of Marathon to its end. It goes on by itself: whoever follows it may die and look again.
import { setTimeout as wait } from 'node:timers/promises'
import type { StepContext } from '../../engine/ports.ts'
import { because } from '../../errors.ts'
import { deploymentsOf } from '../../marathon/apps.ts'
import { progressOf } from '../../marathon/settled.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import type { World } from '../../world.ts'

type OneApp = Pick<Extract<Action, { do: 'put-app' | 'remove-app' }>, 'kind' | 'id' | 'within'>

const askEvery = 1_000

/**
 * Ends once no deployment changes this app any more. A Marathon that does not answer for a while, as between two leaders, is asked again.
 * @throws Error saying how far it is where it takes too long; the deployment goes on
 */
export async function followDeployments(world: World, app: OneApp, { signal, say }: StepContext): Promise<void> {
  const { kind, id, within } = app
  const begun = performance.now()
  let told = ''
  const tell = (text: string) => {
    if (text !== told) say(text)
    told = text
  }
  for (;;) {
    signal.throwIfAborted()
    let underWay: readonly string[]
    try {
      const { marathon } = await leadingMarathon(world)
      underWay = await deploymentsOf(marathon, kind, id)
      if (underWay.length === 0) return
      const progress = await progressOf(marathon, kind, id)
      if (progress !== undefined) tell(`${id}: ${progress}`)
    } catch (error) {
      underWay = []
      tell(`${id}: ${because(error)}`)
    }
    if (performance.now() - begun > within * 1000) throw new Error(tooLong(app, underWay, told))
    await wait(askEvery, undefined, { signal })
  }
}

const tooLong = ({ id, within }: OneApp, underWay: readonly string[], last: string): string =>
  underWay.length > 0
    ? `the deployment ${underWay.join(', ')} of ${id} has not ended within ${within} s, and goes on (${last}). \`dcosctl run resume\` follows it`
    : `what became of the deployment of ${id} can't be asked: ${last}`
