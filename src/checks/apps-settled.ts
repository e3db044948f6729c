// Whether the apps and pods that were given back run.
import { few } from '../cluster/few.ts'
import { unsettled } from '../marathon/settled.ts'
import { leadingMarathon } from '../survey/marathon.ts'
import type { Ask } from './checker.ts'

export const appsSettled: Ask<'apps-settled'> = async ({ apps, pods }, world) => {
  const { marathon } = await leadingMarathon(world)
  const trouble = await unsettled(marathon, { apps, pods })
  const wanted = 'each with all its instances, healthy, no deployment'
  if (trouble.length === 0) return { well: true, saw: `${apps.length + pods.length} settled`, wanted }
  return { well: false, saw: few(trouble, '; '), wanted, remedy: 'see why:  dcos marathon app show ID' }
}
