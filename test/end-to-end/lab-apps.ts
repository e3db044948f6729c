// Somebody who changes apps and jobs by the APIs of Marathon and Metronome on a lab's masters, behind dcosctl's back.
import { z } from 'zod'
import { until } from '../lab/deadline.ts'
import type { Lab } from '../lab/lab.ts'
import { mastersOf, onNode } from './lab-cluster.ts'

const port = { marathon: 8080, metronome: 9000 } as const

/** Asked on one master, whoever leads. Throws where the answer is no success. */
async function call(lab: Lab, which: keyof typeof port, method: string, path: string, body?: object): Promise<unknown> {
  const [one = ''] = mastersOf(lab)
  const sent = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
  const url = `http://${lab.node(one).address}:${port[which]}${path}`
  const text = await onNode(lab, one, `curl -fsS -X ${method} ${sent} '${url}'`)
  return text === '' ? undefined : JSON.parse(text)
}

const atRest = (lab: Lab): Promise<unknown> =>
  until('Marathon has no deployment', 30, async () => {
    const list = z.array(z.unknown()).parse(await call(lab, 'marathon', 'GET', '/v2/deployments'))
    return list.length === 0
  })

/** Ends once it is deployed. */
export async function putApp(lab: Lab, id: string, app: object): Promise<void> {
  await call(lab, 'marathon', 'PUT', `/v2/apps${id}`, app)
  await atRest(lab)
}

export async function deleteApp(lab: Lab, id: string): Promise<void> {
  await call(lab, 'marathon', 'DELETE', `/v2/apps${id}`)
  await atRest(lab)
}

const apps = z.object({
  apps: z.array(
    z.looseObject({
      id: z.string(),
      instances: z.number(),
      cmd: z.string(),
      tasks: z.array(z.object({ id: z.string() })),
    }),
  ),
})

/** By id, each with its command, instances and tasks. */
export async function appsNow(lab: Lab) {
  const found = apps.parse(await call(lab, 'marathon', 'GET', '/v2/apps')).apps
  return new Map(found.map(app => [app.id, app]))
}

export const putJob = (lab: Lab, id: string, job: object) => call(lab, 'metronome', 'PUT', `/v1/jobs/${id}`, job)
export const createJob = (lab: Lab, job: object) => call(lab, 'metronome', 'POST', '/v1/jobs', job)
export const deleteJob = (lab: Lab, id: string) => call(lab, 'metronome', 'DELETE', `/v1/jobs/${id}`)

const jobs = z.array(
  z.looseObject({
    id: z.string(),
    run: z.looseObject({ cmd: z.string() }),
    schedules: z.array(z.looseObject({ id: z.string() })),
  }),
)

export async function jobsNow(lab: Lab) {
  const found = jobs.parse(await call(lab, 'metronome', 'GET', '/v1/jobs?embed=schedules'))
  return new Map(found.map(job => [job.id, job]))
}
