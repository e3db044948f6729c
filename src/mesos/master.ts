// What one Mesos master says of itself and, when it really leads, of the cluster. Read-only: nothing here may change state.
import { z } from 'zod'
import { type Answer, askBigJson, askJson, readJson, type Service } from '../http.ts'

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
  /** Agents that the leader has given up for now; a standby knows of none. */
  readonly unreachable: number
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
    unreachable: seen['master/slaves_unreachable'] ?? 0,
  }
}

const agents = z.object({
  slaves: z.array(z.object({ id: z.string(), hostname: z.string(), pid: z.string(), active: z.boolean() })),
})

export interface MesosAgent {
  readonly id: string
  readonly hostname: string
  /** From its pid, `slave(1)@10.0.0.5:5051`. */
  readonly address: string
  readonly active: boolean
}

/**
 * `/slaves` of the leading master: the agents that are registered, without the tasks and frameworks that make `/state` so large.
 * @throws UnexpectedAnswer on a standby (307) and where no leader is known (503).
 */
export async function registeredAgents(master: Service): Promise<readonly MesosAgent[]> {
  const { slaves } = await askBigJson(master, '/slaves', agents)
  return slaves.map(({ id, hostname, pid, active }) => ({ id, hostname, address: addressOfPid(pid), active }))
}

/** As the operator named it (`MESOS_CLUSTER`), from `/state-summary` of the leading master; undefined where it has no name. */
export async function clusterName(master: Service): Promise<string | undefined> {
  return (await askBigJson(master, '/state-summary', z.object({ cluster: z.string().optional() }))).cluster
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

/** Of Mesos itself, from `/version`, which every master answers. */
export async function masterVersion(master: Service): Promise<string> {
  return (await askJson(master, '/version', z.object({ version: z.string() }))).version
}
