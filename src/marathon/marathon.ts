// What Marathon says of its leader, apps and deployments. Read-only.
import { z } from 'zod'
import { askBigJson, askJson, type Service } from '../http.ts'

export const marathonPort = 8080

const info = z.object({
  version: z.string(),
  elected: z.boolean().default(false),
  leader: z.string().nullish(),
  frameworkId: z.string().nullish(),
})

export interface MarathonInfo {
  readonly version: string
  /** Whether this instance leads. */
  readonly elected: boolean
  /** `host:port` of the leader, as every instance knows it. */
  readonly leader: string | null
  readonly frameworkId: string | null
}

export async function marathonInfo(marathon: Service): Promise<MarathonInfo> {
  const seen = await askJson(marathon, '/v2/info', info)
  const { version, elected } = seen
  return { version, elected, leader: seen.leader ?? null, frameworkId: seen.frameworkId ?? null }
}

const config = z.object({ marathon_config: z.object({ mesos_role: z.string().optional() }).default({}) })

/** The role whose resources Marathon is offered; undefined where it has none of its own. */
export const ownRole = async (marathon: Service): Promise<string | undefined> =>
  (await askJson(marathon, '/v2/info', config)).marathon_config.mesos_role

const affected = z.array(z.string()).default([])
const deployment = z.object({ id: z.string(), affectedApps: affected, affectedPods: affected })
export type Deployment = z.output<typeof deployment>

export const deployments = (marathon: Service): Promise<Deployment[]> =>
  askJson(marathon, '/v2/deployments', z.array(deployment))

const app = z.object({
  id: z.string(),
  instances: z.number(),
  tasksRunning: z.number().default(0),
  tasksUnhealthy: z.number().default(0),
})
export type App = z.output<typeof app>

export async function apps(marathon: Service): Promise<App[]> {
  return (await askBigJson(marathon, '/v2/apps?embed=apps.counts', z.object({ apps: z.array(app) }))).apps
}
