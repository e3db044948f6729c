// Marathon's tree of groups with every app and pod in it, as `/v2/groups` tells it and a backup keeps it.
import { z } from 'zod'
import { askBigJson, type Service } from '../http.ts'

export const groupsPath = '/v2/groups?embed=group.groups&embed=group.apps&embed=group.pods'

/** A definition as JSON; fields that are not known are kept as they are. */
export const definition = z.record(z.string(), z.json()).and(z.object({ id: z.string() }))
export type Definition = z.output<typeof definition>

export interface Group {
  readonly id: string
  readonly apps: readonly Definition[]
  /** Marathon tells a pod's status here, with its definition as `spec` (mesosphere/marathon docs/docs/rest-api, GroupInfo). */
  readonly pods: readonly { readonly spec: Definition }[]
  readonly groups: readonly Group[]
  readonly dependencies: readonly string[]
  readonly enforceRole: boolean
}

export const group: z.ZodType<Group> = z.object({
  id: z.string(),
  apps: z.array(definition).default([]),
  pods: z.array(z.object({ spec: definition })).default([]),
  get groups() {
    return z.array(group).default([])
  },
  dependencies: z.array(z.string()).default([]),
  enforceRole: z.boolean().default(false),
})

export const rootGroup = (marathon: Service): Promise<Group> => askBigJson(marathon, groupsPath, group)
