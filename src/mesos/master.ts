// What one Mesos master says of itself and, when it really leads, of the cluster. Read-only: nothing here may change state.
import { z } from 'zod'
import { type Answer, askJson, readJson, type Service } from '../http.ts'

/** apache/mesos: the default port of the master. */
export const masterPort = 5050

const metrics = z.record(z.string(), z.number())

/** How a master stands, told apart as apache/mesos answers: an elected master that has not recovered its registry answers 200 with an empty cluster. */
type Standing = 'standby' | 'leading' | 'elected-not-recovered'

export interface MasterHealth {
  readonly standing: Standing
  /** `registrar/log/recovered`: this replica of the registry's log is VOTING. */
  readonly recovered: boolean
  readonly uptimeSeconds: number
}

/**
 * `/metrics/snapshot` answers on every master for itself, at most twice a second per process.
 * `registrar/registry_size_bytes` appears only once the elected master has fetched its registry (seen on apache/mesos 1.12).
 */
export async function masterHealth(master: Service): Promise<MasterHealth> {
  const seen = await askJson(master, '/metrics/snapshot', metrics)
  const elected = seen['master/elected'] === 1
  const leads = elected && (seen['registrar/registry_size_bytes'] ?? 0) > 0
  return {
    standing: leads ? 'leading' : elected ? 'elected-not-recovered' : 'standby',
    recovered: seen['registrar/log/recovered'] === 1,
    uptimeSeconds: seen['master/uptime_secs'] ?? 0,
  }
}

const agent = z.object({
  id: z.string(),
  hostname: z.string(),
  pid: z.string(),
  active: z.boolean(),
  version: z.string().default(''),
  attributes: z.record(z.string(), z.unknown()).default({}),
})
const framework = z.object({ id: z.string(), name: z.string(), active: z.boolean().default(true) })
const state = z.object({
  version: z.string(),
  /** As the operator named it (`MESOS_CLUSTER`). */
  cluster: z.string().optional(),
  slaves: z.array(agent).default([]),
  frameworks: z.array(framework).default([]),
  unreachable_slaves: z.number().default(0),
})

export interface MesosAgent {
  readonly id: string
  readonly hostname: string
  /** From its pid, `slave(1)@10.0.0.5:5051`. */
  readonly address: string
  readonly active: boolean
}

export interface MesosState {
  readonly version: string
  readonly cluster: string | undefined
  readonly agents: readonly MesosAgent[]
  readonly frameworks: readonly { readonly id: string; readonly name: string; readonly active: boolean }[]
  readonly unreachable: number
}

/** `/state` of the leading master. @throws UnexpectedAnswer on a standby (307) and where no leader is known (503). */
export async function masterState(master: Service): Promise<MesosState> {
  const seen = await askJson(master, '/state', state)
  return {
    version: seen.version,
    cluster: seen.cluster,
    agents: seen.slaves.map(({ id, hostname, pid, active }) => ({ id, hostname, address: addressOfPid(pid), active })),
    frameworks: seen.frameworks,
    unreachable: seen.unreachable_slaves,
  }
}

/** `slave(1)@10.0.0.5:5051` → `10.0.0.5`. */
function addressOfPid(pid: string): string {
  return /@([^@]+):\d+$/.exec(pid)?.[1] ?? pid
}

/**
 * Whom a master takes for the leader: the host in the `Location` of `/redirect` (written without a scheme, `//host:port/…`),
 * or undefined when it knows of none (503). Names a dead leader until its ZooKeeper session has expired.
 */
export async function leaderAccordingTo(master: Service): Promise<string | undefined> {
  const answer: Answer = await master.ask({ path: '/redirect' })
  const location = answer.headers.location
  if (answer.status === 307 && location) return /^(?:https?:)?\/\/([^/:]+)/.exec(location)?.[1]
  if (answer.status === 503) return undefined
  readJson(master, '/redirect', answer, z.never())
  return undefined
}
