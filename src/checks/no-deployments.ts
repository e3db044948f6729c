// Marathon answers and has no deployment under way: an upgrade during one has broken migrations of its state.
import { few } from '../cluster/few.ts'
import { deployments } from '../marathon/marathon.ts'
import { firstThatAnswers } from '../survey/first-that-answers.ts'
import { masterNames, serviceOn } from '../world.ts'
import type { Ask } from './checker.ts'

export const noDeployments: Ask<'no-deployments'> = async (_check, world) => {
  const wanted = 'no deployment under way'
  const found = await firstThatAnswers(masterNames(world), node => deployments(serviceOn(world, node, 'marathon')))
  if (found.length === 0) return { well: true, saw: 'none', wanted }
  const apps = [...new Set(found.flatMap(({ affectedApps }) => affectedApps))]
  return {
    well: false,
    saw: `${found.length} under way${apps.length > 0 ? `, of ${few(apps)}` : ''}`,
    wanted,
    remedy: 'let it end, or stop it:  dcos marathon deployment stop ID',
  }
}
