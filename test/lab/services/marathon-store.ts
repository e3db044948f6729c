// Marathon's state in the real ZooKeeper: its apps, its deployments and its framework id, under the paths of a real Marathon.
// Paths: mesosphere/marathon core/storage/store/impl/zk; the data is JSON here, protobuf there.
import { type Json, listAt, numberAt, parseJson, textAt } from './json.ts'
import { type App, appFrom, appOf } from './marathon-app.ts'
import type { ZookeeperSession } from './zookeeper-session.ts'

export type Deployment = {
  readonly id: string
  readonly version: string
  readonly apps: readonly string[]
  /** Tasks of the apps as they were before; they go once new ones run. */
  readonly replaces: readonly string[]
  /** Milliseconds since 1970. */
  readonly began: number
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

const pathOf = (category: 'apps' | 'deployment', id: string): string =>
  `${state}/${category}/${bucketOf(id)}/${fileName(id)}`

const firstApps = (version: string): readonly App[] => [
  appOf('/shop/web', { instances: 3, cpus: 0.1, mem: 32, cmd: 'sleep 1000000' }, version, undefined),
  appOf('/shop/queue', { instances: 1, cpus: 0.1, mem: 64, cmd: 'sleep 1000000' }, version, undefined),
]

/** The apps in ZooKeeper; two apps are put there first where there are none yet. */
export async function loadApps(session: ZookeeperSession, now: Date): Promise<readonly App[]> {
  const known = await session.readIfThere(`${state}/apps`)
  if (known === undefined) {
    await session.ensure('/marathon/state/internal:storage:version', JSON.stringify({ format: 'PERSISTENCE_STORE' }))
    for (const app of firstApps(now.toISOString())) await keepApp(session, app)
  }
  return (await all(session, 'apps')).map(appFrom)
}

export const keepApp = (session: ZookeeperSession, app: App): Promise<void> =>
  keep(session, pathOf('apps', app.id), app)

export const forgetApp = (session: ZookeeperSession, id: string): Promise<void> => session.remove(pathOf('apps', id))

export async function loadDeployments(session: ZookeeperSession): Promise<readonly Deployment[]> {
  const strings = (value: Json, name: string) => listAt(value, name).filter(each => typeof each === 'string')
  return (await all(session, 'deployment')).map(value => ({
    id: textAt(value, 'id'),
    version: textAt(value, 'version'),
    apps: strings(value, 'apps'),
    replaces: strings(value, 'replaces'),
    began: numberAt(value, 'began'),
  }))
}

export const keepDeployment = (session: ZookeeperSession, deployment: Deployment): Promise<void> =>
  keep(session, pathOf('deployment', deployment.id), deployment)

export const forgetDeployment = (session: ZookeeperSession, id: string): Promise<void> =>
  session.remove(pathOf('deployment', id))

async function keep(session: ZookeeperSession, path: string, value: Json): Promise<void> {
  const data = JSON.stringify(value)
  await session.ensure(path, data)
  await session.write(path, data)
}

async function all(session: ZookeeperSession, category: 'apps' | 'deployment'): Promise<readonly Json[]> {
  const found: Json[] = []
  await session.ensure(`${state}/${category}`)
  for (const bucket of (await session.children(`${state}/${category}`)).toSorted()) {
    for (const name of (await session.children(`${state}/${category}/${bucket}`)).toSorted()) {
      found.push(parseJson(await session.read(`${state}/${category}/${bucket}/${name}`)))
    }
  }
  return found
}

const frameworkIdPath = `${state}/framework-id/${bucketOf('id')}/id`

/** '' before the first subscription. */
export async function loadFrameworkId(session: ZookeeperSession): Promise<string> {
  return (await session.readIfThere(frameworkIdPath)) ?? ''
}

export async function keepFrameworkId(session: ZookeeperSession, id: string): Promise<void> {
  await session.ensure(frameworkIdPath, id)
}
