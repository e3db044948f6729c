// What Exhibitor says of the ensemble. Only these GETs: others of its GETs (`/cluster/stop`, `/cluster/restart`, `/config/rollback-rolling`, …) change state.
import { z } from 'zod'
import { askJson, type Service } from '../http.ts'

export const exhibitorPort = 8181

const row = z.object({ hostname: z.string(), code: z.number(), description: z.string(), isLeader: z.boolean() })
export type ExhibitorRow = z.output<typeof row>

/** One row per server of the ensemble; code 3 is `serving` (dcos/exhibitor ClusterResource.java). `isLeader` is the ZooKeeper leader. */
export const clusterStatus = (exhibitor: Service): Promise<ExhibitorRow[]> =>
  askJson(exhibitor, '/exhibitor/v1/cluster/status', z.array(row))

export const serving = 3

const configState = z.object({ config: z.object({ rollInProgress: z.boolean() }) })

/** Whether a rolling configuration change is under way: Exhibitor then restarts one ZooKeeper after another by itself. */
export async function rollInProgress(exhibitor: Service): Promise<boolean> {
  return (await askJson(exhibitor, '/exhibitor/v1/config/get-state', configState)).config.rollInProgress
}
