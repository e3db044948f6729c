// A fake Marathon and a fake Metronome for tests of a restore: definitions in memory, deployments that end after so many questions. Simulated.
import type { HttpAnswer, HttpRequest } from '../src/ssh/host.ts'
import type { World } from '../src/world.ts'

type Fields = Readonly<Record<string, unknown>>

interface FakeDeployment {
  readonly id: string
  readonly of: string
  /** How often it is still listed. */
  left: number
}

export interface FakeMarathon {
  readonly apps: Map<string, Fields>
  readonly pods: Map<string, Fields>
  readonly deployments: FakeDeployment[]
  /** Every call that changes something: `PUT /v2/apps/a?partialUpdate=false`. */
  readonly changes: string[]
  /** How many questions a deployment lasts. */
  deploymentsLast: number
  /** What the next change is answered with, without effect; or `lost`: it has its effect and its answer is lost. */
  next: { readonly status: number; readonly body: Fields } | 'lost' | undefined
  /** What Marathon makes of a definition, otherwise than it was sent. */
  keepsOtherwise: Fields
  answer(request: HttpRequest): HttpAnswer
}

const json = (value: unknown, status = 200, headers = {}): HttpAnswer => ({
  ...{ status, headers: { 'content-type': 'application/json', ...headers } },
  body: Buffer.from(JSON.stringify(value)),
})

export function fakeMarathon(apps: readonly (Fields & { readonly id: string })[] = []): FakeMarathon {
  let versions = 0
  const version = () => `2026-11-20T16:00:00.${String(++versions).padStart(3, '0')}Z`
  const told = (app: Fields) => ({ role: '*', cpus: 1, labels: {}, ...app, ...fake.keepsOtherwise })
  const fake: FakeMarathon = {
    apps: new Map(apps.map(app => [app.id, { version: version(), ...app }])),
    ...{ pods: new Map(), deployments: [], changes: [], deploymentsLast: 1, next: undefined, keepsOtherwise: {} },
    answer({ method = 'GET', path, body }) {
      const [, which, id = ''] = /^\/v2\/(apps|pods)(\/[^?:]+)?/.exec(path) ?? []
      if (method === 'GET') return question(path, which, id)
      fake.changes.push(`${method} ${path}`)
      const { next } = fake
      fake.next = undefined
      if (typeof next === 'object') return json(next.body, next.status)
      const all = which === 'pods' ? fake.pods : fake.apps
      const sent: Fields = body === undefined ? {} : JSON.parse(body)
      const name = id || String(sent.id)
      if (method === 'DELETE') all.delete(name)
      else all.set(name, { ...sent, version: version() })
      const deployment = { id: `d${fake.changes.length}`, of: name, left: fake.deploymentsLast }
      fake.deployments.push(deployment)
      if (next === 'lost') throw new Error('the line dropped')
      if (which === 'pods') return json({}, method === 'POST' ? 201 : 200, { 'marathon-deployment-id': deployment.id })
      return json({ version: 'v', deploymentId: deployment.id }, 201)
    },
  }

  function question(path: string, which: string | undefined, id: string): HttpAnswer {
    if (path === '/v2/info')
      return json({ version: '1.11.24', elected: true, leader: 'x:8080', marathon_config: { mesos_role: '*' } })
    if (path === '/v2/deployments') {
      const listed = fake.deployments.filter(({ left }) => left > 0)
      for (const each of listed) each.left--
      return json(listed.map(({ id: name, of }) => ({ id: name, affectedApps: [of], affectedPods: [of] })))
    }
    if (path.startsWith('/v2/groups')) {
      const pods = [...fake.pods.values()].map(spec => ({ id: spec.id, spec, status: 'STABLE' }))
      return json({ id: '/', apps: [...fake.apps.values()].map(told), pods, groups: [] })
    }
    if (path === '/v2/pods/::status') return json([...fake.pods.keys()].map(pod => ({ id: pod, status: 'STABLE' })))
    if (path.startsWith('/v2/apps?'))
      return json({ apps: [...fake.apps.values()].map(app => ({ instances: 1, tasksRunning: 1, ...app })) })
    const found = (which === 'pods' ? fake.pods : fake.apps).get(id)
    if (!found) return json({ message: `App '${id}' does not exist` }, 404)
    return json(which === 'pods' ? found : { app: told(found) })
  }
  return fake
}

export interface FakeMetronome {
  readonly jobs: Map<string, { readonly spec: Fields; readonly schedules: Map<string, Fields> }>
  readonly changes: string[]
  /** The call after which the line drops; it has its effect. */
  dropsAfter: number | undefined
  /** Jobs with a run under way. */
  readonly running: Set<string>
  answer(request: HttpRequest): HttpAnswer
}

/** One schedule per job, as Metronome has it. */
export function fakeMetronome(): FakeMetronome {
  const fake: FakeMetronome = {
    ...{ jobs: new Map(), changes: [], dropsAfter: undefined, running: new Set() },
    answer({ method = 'GET', path, body }) {
      if (path === '/info') return json({ version: '0.6.48' })
      const [, id, schedule] = /^\/v1\/jobs(?:\/([^/?]+))?(?:\/schedules\/?([^?]*))?/.exec(path) ?? []
      const job = fake.jobs.get(id ?? '')
      if (method === 'GET' && id === undefined) return json([...fake.jobs.values()].map(told))
      if (method === 'GET') return job ? json(told(job)) : json({ message: `Job '${id}' does not exist` }, 404)
      fake.changes.push(`${method} ${path}`)
      const sent: Fields = body === undefined ? {} : JSON.parse(body)
      const answer = change(method, id, schedule, sent)
      if (fake.changes.length === fake.dropsAfter) throw new Error('the line dropped')
      return answer
    },
  }
  type FakeJob = { readonly spec: Fields; readonly schedules: Map<string, Fields> }
  const told = ({ spec, schedules }: FakeJob) => ({
    ...spec,
    schedules: [...schedules.values()].map(one => ({ ...one, nextRunAt: '2026-11-28T02:15:00.000+0000' })),
  })
  function change(method: string, id: string | undefined, schedule: string | undefined, sent: Fields): HttpAnswer {
    const job = fake.jobs.get(id ?? String(sent.id))
    if (id === undefined) fake.jobs.set(String(sent.id), { spec: sent, schedules: new Map() })
    else if (!job) return json({ message: 'unknown' }, 404)
    else if (schedule === undefined && method === 'DELETE') {
      if (fake.running.has(id)) return json({ message: 'There are active job runs.' }, 409)
      fake.jobs.delete(id)
    } else if (schedule === undefined) fake.jobs.set(id, { ...job, spec: sent })
    else if (method === 'DELETE') job.schedules.delete(schedule)
    else if (method === 'POST' && job.schedules.size > 0) return json({ message: 'Only one schedule supported' }, 409)
    else job.schedules.set(String(sent.id), sent)
    return json({}, method === 'POST' ? 201 : 200)
  }
  return fake
}

/** The world with these services on its first master, and nothing at their ports of the others. */
export function withServices(
  world: World,
  services: { readonly [P in 8080 | 9000]?: { answer(request: HttpRequest): HttpAnswer } },
): World {
  return {
    ...world,
    hosts: {
      close: world.hosts.close,
      async host(name) {
        const host = await world.hosts.host(name)
        return {
          ...host,
          async http(request) {
            const service = request.port === 8080 ? services[8080] : request.port === 9000 ? services[9000] : undefined
            if (!service) return host.http(request)
            if (name !== 'm1') return { status: 503, headers: {}, body: Buffer.from('no leader') }
            return service.answer(request)
          },
        }
      },
    },
  }
}
