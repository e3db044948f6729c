// Removes an app or a pod that the backup does not have, with its tasks, and waits until its deployment has ended.
import type { Performer } from '../../engine/ports.ts'
import { deploymentsOf, livingDefinition, removeDefinition } from '../../marathon/apps.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import type { World } from '../../world.ts'
import { followDeployments } from './follow-deployment.ts'
import { changedMeanwhile, versionOf } from './put-app.ts'

export const removeApp: Performer<Extract<Action, { do: 'remove-app' }>, World> = {
  async look({ kind, id, was }, world) {
    const { marathon } = await leadingMarathon(world)
    const [living, underWay] = [await livingDefinition(marathon, kind, id), await deploymentsOf(marathon, kind, id)]
    if (!living) return underWay.length > 0 ? 'under-way' : 'in-place'
    if (versionOf(living) === was) return 'absent'
    return { unclear: changedMeanwhile(id, was, versionOf(living)) }
  },

  async perform(action, world, context) {
    const { kind, id } = action
    const { marathon } = await leadingMarathon(world)
    if (await livingDefinition(marathon, kind, id)) {
      const deployment = await removeDefinition(marathon, kind, id)
      context.say(`deployment ${deployment}`)
    }
    await followDeployments(world, action, context)
    if (await livingDefinition(marathon, kind, id))
      throw new Error(`${id} is still there after its removal was deployed`)
    return `${id} is removed`
  },
}
