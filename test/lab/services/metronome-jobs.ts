// The jobs of the simulated Metronome: kept in the real ZooKeeper, told and changed as API v1 does.
// Rules: dcos/metronome api/v1/controllers/{JobSpec,JobSchedule}Controller.scala; defaults: api/v1/models/package.scala, jobs/…/model.
import { type Answer, json, type Request } from './http.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt, parseJson, textAt } from './json.ts'
import type { ZookeeperSession } from './zookeeper-session.ts'

type Job = { readonly id: string; readonly spec: JsonObject; readonly schedules: readonly JsonObject[] }

const root = '/metronome/state/job-specs'

const runDefaults: JsonObject = {
  ...{ cpus: 1, mem: 128, disk: 0, gpus: 0, env: {}, placement: { constraints: [] }, artifacts: [] },
  ...{ maxLaunchDelay: 3600, volumes: [], restart: { policy: 'NEVER' }, secrets: {}, networks: [] },
}
const scheduleDefaults: JsonObject = {
  ...{ timezone: 'UTC', startingDeadlineSeconds: 900, concurrencyPolicy: 'ALLOW', enabled: true },
}

const specOf = (id: string, asked: JsonObject): JsonObject => ({
  id,
  ...(textAt(asked, 'description') === '' ? {} : { description: textAt(asked, 'description') }),
  labels: objectAt(asked, 'labels'),
  dependencies: listAt(asked, 'dependencies'),
  run: { ...runDefaults, ...objectAt(asked, 'run') },
})
const scheduleOf = ({ nextRunAt: _, ...asked }: JsonObject): JsonObject => ({ ...scheduleDefaults, ...asked })

const firstJobs: readonly Job[] = [
  {
    id: 'nightly.report',
    spec: specOf('nightly.report', {
      description: 'Sums up the day',
      run: { cmd: 'report --day', cpus: 0.1, mem: 32 },
    }),
    schedules: [scheduleOf({ id: 'nightly', cron: '15 2 * * *' })],
  },
  { id: 'clean-up', spec: specOf('clean-up', { run: { cmd: 'clean --all', cpus: 0.1, mem: 32 } }), schedules: [] },
]

export class MetronomeJobs {
  readonly #session: ZookeeperSession
  #jobs: readonly Job[] = []

  private constructor(session: ZookeeperSession) {
    this.#session = session
  }

  /** The jobs in ZooKeeper; two are put there first where there are none yet. */
  static async load(session: ZookeeperSession): Promise<MetronomeJobs> {
    const jobs = new MetronomeJobs(session)
    if ((await session.readIfThere(root)) === undefined) for (const job of firstJobs) await jobs.#keep(job)
    jobs.#jobs = []
    for (const name of await session.children(root)) {
      const found = parseJson(await session.read(`${root}/${name}`))
      const schedules = listAt(found, 'schedules').filter(isObject)
      jobs.#jobs = [...jobs.#jobs, { id: name, spec: objectAt(found, 'spec'), schedules }]
    }
    return jobs
  }

  async #keep(job: Job): Promise<void> {
    const data = JSON.stringify({ spec: job.spec, schedules: job.schedules })
    await this.#session.ensure(`${root}/${job.id}`, data)
    await this.#session.write(`${root}/${job.id}`, data)
    this.#jobs = [...this.#jobs.filter(({ id }) => id !== job.id), job].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async answer({ method, path, query, body }: Request): Promise<Answer> {
    const [, id, schedules, schedule] = /^\/v1\/jobs(?:\/([^/]+)(?:\/(schedules)(?:\/([^/]+))?)?)?$/.exec(path) ?? []
    const embedded = query.getAll('embed').includes('schedules')
    const asked = method === 'PUT' || method === 'POST' ? parseJson(await body()) : {}
    if (!isObject(asked)) return json({ message: 'Object is not valid', details: [] }, 422)
    if (id === undefined && method === 'GET') return json(this.#jobs.map(job => view(job, embedded)))
    if (id === undefined && method === 'POST') return this.#create(asked)
    const job = this.#jobs.find(each => each.id === id)
    if (!job) return json({ message: `Job '${id}' does not exist` }, 404)
    if (schedules) return this.#schedule(method, job, schedule, asked)
    if (method === 'GET') return json(view(job, embedded))
    if (method === 'PUT') return this.#update(job, asked)
    if (method !== 'DELETE') return json({ message: `The lab does not simulate ${method} ${path}` }, 405)
    await this.#session.remove(`${root}/${job.id}`)
    this.#jobs = this.#jobs.filter(each => each.id !== job.id)
    return json(job.spec)
  }

  async #create(asked: JsonObject): Promise<Answer> {
    const id = textAt(asked, 'id')
    const wrong = invalid(id, asked)
    if (wrong) return wrong
    if (this.#jobs.some(job => job.id === id)) return json({ message: 'Job with this id already exists' }, 409)
    await this.#keep({ id, spec: specOf(id, asked), schedules: [] })
    return json(specOf(id, asked), 201)
  }

  /** The schedules stay as they were. */
  async #update(job: Job, asked: JsonObject): Promise<Answer> {
    const wrong = invalid(job.id, asked)
    if (wrong) return wrong
    await this.#keep({ ...job, spec: specOf(job.id, asked) })
    return json(specOf(job.id, asked))
  }

  async #schedule(method: string, job: Job, id: string | undefined, asked: JsonObject): Promise<Answer> {
    const found = job.schedules.find(each => each.id === id)
    if (method === 'GET') return found ? json(told(found)) : id ? noSchedule(id) : json(job.schedules.map(told))
    if (method === 'POST') {
      if (job.schedules.length > 0)
        return json({ message: 'requirement failed: Only one schedule supported at the moment' }, 409)
      if (textAt(asked, 'cron') === '') return notValid('/cron')
      await this.#keep({ ...job, schedules: [scheduleOf(asked)] })
      return json(told(scheduleOf(asked)), 201)
    }
    if (!found) return noSchedule(id ?? '')
    const others = job.schedules.filter(each => each !== found)
    await this.#keep({ ...job, schedules: method === 'PUT' ? [scheduleOf(asked), ...others] : others })
    return method === 'PUT' ? json(told(scheduleOf(asked))) : { status: 200, headers: {}, body: '' }
  }
}

const view = ({ spec, schedules }: Job, embedded: boolean): JsonObject =>
  embedded ? { ...spec, schedules: schedules.map(told) } : spec

const told = (schedule: JsonObject): JsonObject => ({ ...schedule, nextRunAt: '2099-01-01T02:15:00.000+0000' })

const noSchedule = (id: string): Answer => json({ message: `Schedule '${id}' does not exist` }, 404)

const notValid = (path: string): Answer =>
  json({ message: 'Object is not valid', details: [{ path, errors: ['error.path.missing'] }] }, 422)

function invalid(id: string, asked: JsonObject): Answer | undefined {
  const run: Json = objectAt(asked, 'run')
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(id)) return notValid('/id')
  if (textAt(run, 'cmd') === '' && listAt(run, 'args').length === 0 && !isObject(run.docker))
    return notValid('/run/cmd')
  // Schedules have paths of their own; the schema of a job has no such field (api/v1/schema/jobspec.schema.json).
  return 'schedules' in asked || 'history' in asked ? notValid('/schedules') : undefined
}
