// Whether apps and pods run as they should, by what Marathon says of each.
import { z } from 'zod'
import { askBigJson, type Service } from '../http.ts'

const app = z.object({
  id: z.string(),
  instances: z.number(),
  tasksStaged: z.number().default(0),
  tasksRunning: z.number().default(0),
  tasksHealthy: z.number().default(0),
  tasksUnhealthy: z.number().default(0),
  healthChecks: z.array(z.unknown()).default([]),
  deployments: z.array(z.unknown()).default([]),
})
const apps = z.object({ apps: z.array(app) })
const pods = z.array(z.object({ id: z.string(), status: z.string() }))

/** Why an app or a pod is not as it should be, in words; one that is well is not among them. */
export async function unsettled(
  marathon: Service,
  wanted: { readonly apps: readonly string[]; readonly pods: readonly string[] },
): Promise<readonly string[]> {
  const all = wanted.apps.length === 0 ? [] : (await askBigJson(marathon, appsPath, apps)).apps
  const podsNow = wanted.pods.length === 0 ? [] : await askBigJson(marathon, '/v2/pods/::status', pods)
  return [
    ...wanted.apps.flatMap(id => {
      const found = all.find(each => each.id === id)
      return found ? troubleOf(found) : [`${id} is not there`]
    }),
    ...wanted.pods.flatMap(id => {
      const found = podsNow.find(each => each.id === id)
      if (found?.status === 'STABLE') return []
      return [`${id} is ${found?.status ?? 'not there'}`]
    }),
  ]
}

/** How far its deployment is, in words; undefined where nothing is left of it, or nothing can be said. */
export async function progressOf(marathon: Service, kind: 'app' | 'pod', id: string): Promise<string | undefined> {
  if (kind === 'pod') return (await askBigJson(marathon, '/v2/pods/::status', pods)).find(pod => pod.id === id)?.status
  const found = (await askBigJson(marathon, appsPath, apps)).apps.find(app => app.id === id)
  return found && `${found.tasksRunning} running, ${found.tasksStaged} starting, ${found.instances} wanted`
}

const appsPath = '/v2/apps?embed=apps.counts&embed=apps.deployments'

/** A running task whose health is not known yet counts neither as healthy nor as unhealthy. */
function troubleOf(found: z.output<typeof app>): readonly string[] {
  const { id, instances, tasksStaged, tasksRunning, tasksHealthy, tasksUnhealthy } = found
  if (found.deployments.length > 0) return [`${id} is being deployed`]
  if (tasksRunning !== instances || tasksStaged > 0) return [`${id} runs ${tasksRunning} of ${instances}`]
  if (found.healthChecks.length === 0) return []
  if (tasksHealthy === instances && tasksUnhealthy === 0) return []
  return [`${id} has ${tasksHealthy} of ${instances} healthy`]
}
