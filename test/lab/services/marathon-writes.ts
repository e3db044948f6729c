// The calls of the simulated Marathon that change apps: what they refuse, and the deployment that they begin.
// Rules and messages: mesosphere/marathon docs/docs/rest-api (apps.raml, groups.raml, traits.raml), api/v2/{Apps,Groups}Resource.scala.
import { type Answer, json, type Request } from './http.ts'
import { isObject, type Json, type JsonObject, listAt, parseJson, textAt } from './json.ts'
import { type App, appOf, type Violation, violations } from './marathon-app.ts'
import type { MarathonState } from './marathon-state.ts'

/** undefined where the path is none that changes something. */
export function write(request: Request, state: MarathonState): Promise<Answer> | undefined {
  const { method, path } = request
  const [, kind, rest = ''] = /^\/v2\/(apps|groups|deployments)(\/.*)?$/.exec(path) ?? []
  if (kind === undefined || method === 'GET') return undefined
  const call = { request, state, id: rest.replace(/\/+/g, '/').replace(/(.)\/$/, '$1') }
  if (kind === 'deployments') return method === 'DELETE' ? stop(call) : undefined
  if (kind === 'apps' && method === 'POST' && rest === '') return createApp(call)
  if (kind === 'apps' && method === 'PUT' && rest !== '') return putApp(call)
  if (kind === 'apps' && method === 'DELETE' && rest !== '') return removeApps(call, [call.id])
  if (kind === 'groups' && (method === 'PUT' || method === 'POST')) return putGroup(call)
  if (kind === 'groups' && method === 'DELETE') return removeApps(call, within(state, call.id || '/'))
  return undefined
}

type Call = { readonly request: Request; readonly state: MarathonState; readonly id: string }

const absolute = (id: string): string => (id.startsWith('/') ? id : `/${id}`)
const notValid = (details: readonly Violation[]): Answer => json({ message: 'Object is not valid', details }, 422)
const unknown = (id: string): Answer => json({ message: `App '${id}' does not exist` }, 404)
const within = (state: MarathonState, group: string): readonly string[] =>
  state.apps.map(({ id }) => id).filter(id => id.startsWith(group === '/' ? '/' : `${group}/`))

async function bodyOf(request: Request): Promise<JsonObject | Answer> {
  try {
    const body = parseJson(await request.body())
    if (isObject(body)) return body
  } catch {
    // said below
  }
  return json({ message: 'Invalid JSON', details: [{ path: '', errors: ['error.expected.jsobject'] }] }, 400)
}

const isAnswer = (found: JsonObject | Answer): found is Answer => 'headers' in found && 'status' in found

async function createApp({ request, state }: Call): Promise<Answer> {
  const asked = await bodyOf(request)
  if (isAnswer(asked)) return asked
  const id = absolute(textAt(asked, 'id'))
  if (state.app(id)) return json({ message: `An app with id [${id}] already exists.` }, 409)
  const found = violations(id, asked)
  if (found.length > 0) return notValid(found)
  const version = new Date().toISOString()
  const app = appOf(id, asked, version, undefined)
  const answer = await deploy(request, state, { put: [app] }, version, 201)
  return answer.status === 201 ? { ...answer, body: JSON.stringify({ id, ...app.definition, version }) } : answer
}

async function putApp({ request, state, id: named }: Call): Promise<Answer> {
  const asked = await bodyOf(request)
  if (isAnswer(asked)) return asked
  const id = absolute(textAt(asked, 'id') || named)
  const before = state.app(id)
  // With a version, the app is set back to what it was then; the lab keeps no versions but the last.
  const back = textAt(asked, 'version')
  if (before && back !== '' && back !== before.version) return unknown(id)
  const partial = request.query.get('partialUpdate') !== 'false'
  const whole =
    before && back !== '' ? before.definition : before && partial ? { ...before.definition, ...asked } : asked
  const found = violations(id, whole)
  if (found.length > 0) return notValid(found)
  const version = new Date().toISOString()
  const app = appOf(id, whole, version, before)
  return deploy(request, state, { put: [app] }, version, before ? 200 : 201)
}

/** Everything in the group is replaced; what the update does not name goes. */
async function putGroup({ request, state, id: named }: Call): Promise<Answer> {
  const asked = await bodyOf(request)
  if (isAnswer(asked)) return asked
  const id = absolute(named || textAt(asked, 'id'))
  if (request.method === 'POST' && (id === '/' || within(state, id).length > 0))
    return json({ message: `Group ${id} is already created. Use PUT to change this group.` }, 409)
  const version = new Date().toISOString()
  const put = appsIn(asked, id).map(({ id: app, asked: definition }) => ({
    found: violations(app, definition),
    app: appOf(app, definition, version, state.app(app)),
  }))
  const found = put.flatMap(each => each.found)
  if (found.length > 0) return notValid(found)
  const stays = new Set(put.map(({ app }) => app.id))
  const remove = within(state, id).filter(app => !stays.has(app))
  return deploy(
    request,
    state,
    { put: put.map(({ app }) => app), remove },
    version,
    request.method === 'POST' ? 201 : 200,
  )
}

function appsIn(group: JsonObject, id: string): readonly { readonly id: string; readonly asked: JsonObject }[] {
  const below = (child: Json) => {
    const own = textAt(child, 'id')
    return own.startsWith('/') ? own : `${id === '/' ? '' : id}/${own}`
  }
  return [
    ...listAt(group, 'apps').flatMap(app => (isObject(app) ? [{ id: below(app), asked: app }] : [])),
    ...listAt(group, 'groups').flatMap(child => (isObject(child) ? appsIn(child, below(child)) : [])),
  ]
}

async function removeApps({ request, state, id }: Call, remove: readonly string[]): Promise<Answer> {
  if (remove.length === 0) return json({ message: `Group '${id}' does not exist` }, 404)
  const missing = remove.find(app => !state.app(app))
  if (missing !== undefined) return unknown(missing)
  return deploy(request, state, { remove }, new Date().toISOString(), 200)
}

async function stop({ request, state, id }: Call): Promise<Answer> {
  const found = state.deployments.find(deployment => `/${deployment.id}` === id)
  if (!found) return json({ message: `DeploymentPlan ${id.slice(1)} does not exist` }, 404)
  if (request.query.get('force') !== 'true') return json({ message: 'The lab does not roll a deployment back' }, 501)
  await state.cancel(found.id)
  return { status: 202, headers: {}, body: '' }
}

async function deploy(
  { query }: Request,
  state: MarathonState,
  change: { readonly put?: readonly App[]; readonly remove?: readonly string[] },
  version: string,
  status: number,
): Promise<Answer> {
  const locks = state.lockedBy([...(change.put ?? []).map(({ id }) => id), ...(change.remove ?? [])])
  if (locks.length > 0 && query.get('force') !== 'true') {
    const message =
      "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."
    return json({ message, deployments: locks.map(({ id }) => ({ id })) }, 409)
  }
  for (const { id } of locks) await state.cancel(id)
  const { id } = await state.deploy(change, version)
  const answer = json({ version, deploymentId: id }, status)
  return { ...answer, headers: { ...answer.headers, 'Marathon-Deployment-Id': id } }
}
