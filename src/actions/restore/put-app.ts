// Gives an app or a pod of Marathon the definition that a backup has of it, and waits until its deployment has ended.
import type { Performer } from '../../engine/ports.ts'
import { deploymentsOf, livingDefinition, putDefinition } from '../../marathon/apps.ts'
import { definitionOf, differingFields, instancesOf } from '../../marathon/definition.ts'
import type { Definition } from '../../marathon/groups.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import type { World } from '../../world.ts'
import { followDeployments } from './follow-deployment.ts'
import { wantedApp } from './wanted.ts'

type PutApp = Extract<Action, { do: 'put-app' }>

export const putApp: Performer<PutApp, World> = {
  async look(action, world) {
    const { kind, id, was } = action
    const { wanted, living, underWay } = await see(action, world)
    if (living && differingFields(kind, wanted, living).length === 0)
      return underWay.length > 0 ? 'under-way' : 'in-place'
    if (versionOf(living) === was) return 'absent'
    return { unclear: changedMeanwhile(id, was, versionOf(living)) }
  },

  async perform(action, world, context) {
    const { kind, id } = action
    const { marathon, wanted, living } = await see(action, world)
    if (!living || differingFields(kind, wanted, living).length > 0) {
      const deployment = await putDefinition(marathon, kind, definitionOf(wanted), living === undefined)
      context.say(`deployment ${deployment}`)
    }
    await followDeployments(world, action, context)
    const { living: now } = await see(action, world)
    const differs = now ? differingFields(kind, wanted, now) : ['it is not there']
    if (differs.length > 0) throw new Error(`Marathon has ${id} otherwise than the backup: ${differs.join(', ')}`)
    return `${id} is as in the backup, instances: ${instancesOf(kind, wanted)}`
  },
}

async function see({ kind, id, source }: PutApp, world: World) {
  const { marathon } = await leadingMarathon(world)
  const [{ definition: wanted }, living, underWay] = await Promise.all([
    wantedApp(world, source, kind, id),
    livingDefinition(marathon, kind, id),
    deploymentsOf(marathon, kind, id),
  ])
  return { marathon, wanted, living, underWay }
}

/** Marathon gives every change of a definition a new one. */
export const versionOf = (living: Definition | undefined): string | null =>
  typeof living?.version === 'string' ? living.version : null

export const changedMeanwhile = (id: string, was: string | null, now: string | null): string =>
  `${id} is not what it was when the plan was made: ${sayVersion(was)} then, ${sayVersion(now)} now. ` +
  'Somebody changed it since; plan anew to see how it differs'

const sayVersion = (version: string | null): string => (version === null ? 'not there' : `version ${version}`)
