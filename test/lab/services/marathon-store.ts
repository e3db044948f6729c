// Marathon's state in the real ZooKeeper: its apps and its framework id, under the paths of a real Marathon.
// Paths: mesosphere/marathon core/storage/store/impl/zk; the data is JSON here, protobuf there.
import { isObject, type Json, type JsonObject, parseJson } from './json.ts'
import type { ZookeeperSession } from './zookeeper-session.ts'

export type App = {
  readonly id: string
  readonly instances: number
  readonly cpus: number
  readonly mem: number
  readonly cmd: string
  readonly version: string
}

const buckets = 16
const state = '/marathon/state'

/** java.lang.String.hashCode, modulo 16: in which bucket Marathon puts an id. */
function bucketOf(id: string): string {
  let hash = 0
  for (const letter of id) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0
  return Math.abs(hash % buckets).toString(16)
}

const fileName = (id: string): string => id.replaceAll('/', '_')

function appPath(id: string): string {
  return `${state}/apps/${bucketOf(id)}/${fileName(id)}`
}

const firstApps = (version: string): readonly App[] => [
  { id: '/shop/web', instances: 3, cpus: 0.1, mem: 32, cmd: 'sleep 1000000', version },
  { id: '/shop/queue', instances: 1, cpus: 0.1, mem: 64, cmd: 'sleep 1000000', version },
]

/** The apps in ZooKeeper; two apps are put there first where there are none yet. */
export async function loadApps(session: ZookeeperSession, now: Date): Promise<readonly App[]> {
  const known = await session.readIfThere(`${state}/apps`)
  if (known === undefined) {
    await session.ensure('/marathon/state/internal:storage:version', JSON.stringify({ format: 'PERSISTENCE_STORE' }))
    for (const app of firstApps(now.toISOString())) await session.ensure(appPath(app.id), JSON.stringify(app))
  }
  const found: App[] = []
  for (const bucket of (await session.children(`${state}/apps`)).toSorted()) {
    for (const name of (await session.children(`${state}/apps/${bucket}`)).toSorted()) {
      found.push(appFrom(parseJson(await session.read(`${state}/apps/${bucket}/${name}`))))
    }
  }
  return found
}

function appFrom(value: Json): App {
  const app: JsonObject = isObject(value) ? value : {}
  return {
    id: String(app.id),
    instances: Number(app.instances),
    cpus: Number(app.cpus),
    mem: Number(app.mem),
    cmd: String(app.cmd ?? ''),
    version: String(app.version ?? ''),
  }
}

const frameworkIdPath = `${state}/framework-id/${bucketOf('id')}/id`

/** '' before the first subscription. */
export async function loadFrameworkId(session: ZookeeperSession): Promise<string> {
  return (await session.readIfThere(frameworkIdPath)) ?? ''
}

export async function keepFrameworkId(session: ZookeeperSession, id: string): Promise<void> {
  await session.ensure(frameworkIdPath, id)
}
