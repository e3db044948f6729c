// Resources in the three forms Mesos prints them: summed up, as a list, and as a list with role and allocation.
import type { Json, JsonObject } from './json.ts'
import type { AgentInfo, Task } from './mesos-model.ts'

export type Amount = { readonly cpus: number; readonly mem: number }

export const sum = (tasks: readonly Task[]): Amount => ({
  cpus: tasks.reduce((total, { cpus }) => total + cpus, 0),
  mem: tasks.reduce((total, { mem }) => total + mem, 0),
})

/** `{"disk":…,"mem":…,"gpus":…,"cpus":…}`; what is used never names its ports here. */
export const summed = ({ cpus, mem }: Amount): JsonObject => ({ disk: 0, mem, gpus: 0, cpus })

export const totalSummed = ({ cpus, mem, disk, ports }: AgentInfo): JsonObject => ({
  disk,
  mem,
  gpus: 0,
  cpus,
  ports: `[${ports.begin}-${ports.end}]`,
})

const scalarOf = (name: string, value: number): JsonObject => ({ name, type: 'SCALAR', scalar: { value } })

/** As in SlaveInfo; `role` only where Mesos prints it. */
export function totalList({ cpus, mem, disk, ports }: AgentInfo, role: JsonObject): readonly JsonObject[] {
  return [
    { ...scalarOf('cpus', cpus), ...role },
    { ...scalarOf('mem', mem), ...role },
    { ...scalarOf('disk', disk), ...role },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: ports.begin, end: ports.end }] }, ...role },
  ]
}

export const anyRole: JsonObject = { role: '*' }

/** What tasks hold, one pair of entries for each role. */
export function allocatedList(tasks: readonly Task[]): readonly Json[] {
  return [...Map.groupBy(tasks, ({ role }) => role)].flatMap(([role, held]) => {
    const { cpus, mem } = sum(held)
    const of = { role: '*', allocation_info: { role } }
    return [
      { ...scalarOf('cpus', cpus), ...of },
      { ...scalarOf('mem', mem), ...of },
    ]
  })
}

export const taskList = ({ cpus, mem, role }: Task): readonly Json[] => [
  { ...scalarOf('cpus', cpus), allocation_info: { role } },
  { ...scalarOf('mem', mem), allocation_info: { role } },
]
