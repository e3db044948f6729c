// How a simulated Mesos master answers http: what it answers itself, what it redirects, and when it refuses.
// Rules: apache/mesos src/master/http.cpp; seen on real masters: standby, unrecovered leader, no leader.
import { type Answer, empty, json, plain, type Request } from './http.ts'
import { type JsonObject, parseJson, sorted, textAt } from './json.ts'
import { apiV1 } from './mesos-api-v1.ts'
import type { Metrics } from './mesos-metrics.ts'
import { build, frameworks, type MasterView, roles, slaves, state, stateSummary, tasks } from './mesos-views.ts'

export type Asked = {
  readonly view: MasterView
  readonly metrics: () => Metrics
  /** Waits for this process's turn: Mesos answers its metrics twice a second. */
  readonly metricsTurn: () => Promise<void>
  readonly leading: 'no' | 'unrecovered' | 'yes'
  readonly registry: JsonObject
  readonly overlay: JsonObject
}

/** Answered by every master for itself. */
const own: Readonly<Record<string, (asked: Asked) => Answer | Promise<Answer>>> = {
  '/health': () => empty(200),
  '/version': ({ view }) => json(build(view.identity.version)),
  '/flags': ({ view }) => json({ flags: view.flags }),
  '/metrics/snapshot': async ({ metrics, metricsTurn }) => {
    await metricsTurn()
    return json(metrics())
  },
  '/system/stats.json': ({ metrics }) => json(systemStats(metrics())),
  '/registrar(1)/registry': ({ registry }) => json(sorted(registry)),
  '/overlay-master/state': ({ overlay }) => json(overlay),
}

/** Answered by the leader, redirected by the others. */
const ofLeader: Readonly<Record<string, (asked: Asked) => Answer>> = {
  '/state': ({ view }) => json(state(view)),
  '/state-summary': ({ view }) => json(stateSummary(view)),
  '/slaves': ({ view }) => json(slaves(view)),
  '/frameworks': ({ view }) => json(frameworks(view)),
  '/tasks': ({ view }) => json(tasks(view)),
  '/roles': ({ view }) => json(roles(view)),
  '/quota': () => json({}),
  '/weights': () => json([]),
  '/maintenance/schedule': () => json({}),
  '/maintenance/status': () => json({}),
}

function systemStats(metrics: Metrics): JsonObject {
  return {
    avg_load_15min: metrics['system/load_15min'] ?? 0,
    avg_load_1min: metrics['system/load_1min'] ?? 0,
    avg_load_5min: metrics['system/load_5min'] ?? 0,
    cpus_total: metrics['system/cpus_total'] ?? 0,
    mem_free_bytes: metrics['system/mem_free_bytes'] ?? 0,
    mem_total_bytes: metrics['system/mem_total_bytes'] ?? 0,
  }
}

/** To the leader ZooKeeper names, without scheme; 503 while it names nobody. */
function redirect(leader: JsonObject | undefined, path: string): Answer {
  if (leader === undefined) return plain(503, 'No leader elected')
  return empty(307, { Location: `//${leader.hostname}:${leader.port}${path}` })
}

export async function answerMesos(request: Request, asked: Asked): Promise<Answer> {
  const path = request.path.replace(/^\/master(?=\/)/, '')
  const known = own[path]
  if (known !== undefined) return known(asked)
  if (path === '/redirect') return redirect(asked.view.leader, '')
  const led = ofLeader[path]
  if (led === undefined && path !== '/api/v1') return empty(404)
  if (asked.leading === 'no') return redirect(asked.view.leader, `/master${path}`)
  if (led !== undefined) return led(asked)
  return operatorCall(request, asked)
}

async function operatorCall(request: Request, asked: Asked): Promise<Answer> {
  if (request.method !== 'POST') return plain(405, `Expecting 'POST', received '${request.method}'`)
  if (asked.leading === 'unrecovered') return plain(503, 'Master has not finished recovery')
  const type = textAt(parseJson(await request.body()), 'type')
  const reply = apiV1(type, { view: asked.view, metrics: asked.metrics() })
  return reply === undefined ? plain(501, `the lab does not simulate the call ${type}`) : json(reply)
}
