// What Metronome says of its leader and its jobs, and how a job is put or removed.
import { z } from 'zod'
import { askBigJson, readJson, type Service } from '../http.ts'
import { refusal } from '../refusal.ts'

/** dcos/dcos: where Metronome listens on a master; the second one in later releases. */
export const metronomePorts = [9000, 9090] as const

/** Whole job definitions with their schedules; without the word, schedules are left out (dcos/metronome, JobInfo.Embed). */
export const jobsPath = '/v1/jobs?embed=schedules'

const schedule = z.looseObject({ id: z.string() })

/** As `jobsPath` tells it; a field that is not known is kept as it is. */
const job = z.looseObject({
  id: z.string(),
  run: z.looseObject({}),
  schedules: z.array(schedule).default([]),
})
export const jobs = z.array(job)
export type Job = z.output<typeof job>

/**
 * Whether this instance leads. Others pass a question on and name the leader in a header (dcos/metronome LeaderProxyFilter);
 * while there is none they answer 503.
 */
export async function leadsMetronome(metronome: Service): Promise<boolean> {
  const { status, headers } = await metronome.ask({ path: '/info' })
  return status === 200 && headers['x-leader'] === undefined
}

export const allJobs = (metronome: Service): Promise<readonly Job[]> => askBigJson(metronome, jobsPath, jobs)

/** With its schedules; undefined where there is none. @throws UnexpectedAnswer */
export async function oneJob(metronome: Service, id: string): Promise<Job | undefined> {
  const path = `/v1/jobs/${encodeURIComponent(id)}?embed=schedules`
  const answer = await metronome.ask({ path })
  return answer.status === 404 ? undefined : readJson(metronome, path, answer, job)
}

/** @throws UnexpectedAnswer with what Metronome minds */
export async function change(
  metronome: Service,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<void> {
  const answer = await metronome.ask({ path, method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (answer.status < 200 || answer.status > 204) throw refusal(metronome, path, answer)
}
