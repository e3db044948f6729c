// The definition of a job and its schedules, apart from what Metronome adds to it when it is asked; and how two of them differ. Pure.
// Fields and defaults: dcos/metronome api/v1/models/package.scala.
import { type Defaults, digestOf, type Json, sameJson } from '../same-json.ts'
import type { Job } from './metronome.ts'

type Fields = Readonly<Record<string, Json>>

/** A job as it is sent: schedules have a path of their own; the others tell of its runs. */
export function specOf(job: Job): Fields {
  const { schedules: _, history, historySummary, activeRuns, ...spec } = asJson(job)
  return spec
}

/** By their ids. */
export const schedulesOf = (job: Job): ReadonlyMap<string, Fields> =>
  new Map(
    job.schedules.map(schedule => {
      const { nextRunAt: _, nextRuns, ...fields } = asJson(schedule)
      return [schedule.id, fields]
    }),
  )

const asJson = (value: object): Fields => JSON.parse(JSON.stringify(value))

const defaults: Defaults = {
  ...{ cpus: [1], mem: [128], disk: [0], gpus: [0], maxLaunchDelay: [3600] },
  ...{ restart: [{ policy: 'NEVER' }], policy: ['NEVER'], placement: [{ constraints: [] }] },
  ...{ extract: [true], executable: [false], cache: [false] },
  ...{ forcePullImage: [false], forcePull: [false], privileged: [false], kind: ['docker'] },
  ...{ timezone: ['UTC'], startingDeadlineSeconds: [900], concurrencyPolicy: ['ALLOW'], enabled: [true] },
}

export const sameSpec = (a: Job, b: Job): boolean => sameJson(specOf(a), specOf(b), defaults)

export const sameSchedule = (a: Fields | undefined, b: Fields | undefined): boolean =>
  a !== undefined && b !== undefined && sameJson(a, b, defaults)

/** In words, empty where they say the same; names of fields and schedules, never values. */
export function jobDifferences(wanted: Job, living: Job): readonly string[] {
  const [a, b] = [specOf(wanted), specOf(living)]
  const runs = [a.run, b.run].map(run => (typeof run === 'object' && run !== null && !Array.isArray(run) ? run : {}))
  const [runA = {}, runB = {}] = runs
  const differing = (one: Fields, other: Fields) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
      name => !sameJson(one[name], other[name], defaults, name),
    )
  const outside = differing(a, b).filter(name => name !== 'run')
  const [had, has] = [schedulesOf(wanted), schedulesOf(living)]
  const schedules = [...new Set([...had.keys(), ...has.keys()])].filter(id => !sameSchedule(had.get(id), has.get(id)))
  return [
    ...[...outside, ...differing(runA, runB).map(name => `run.${name}`)].toSorted(),
    ...schedules.map(id => `schedule ${id}`),
  ]
}

/** Digests of a job and of each of its schedules: what it was when a plan was made, without telling what is in it. */
export const pieces = (job: Job): readonly string[] => [
  digestOf(specOf(job)),
  ...[...schedulesOf(job).values()].map(digestOf),
]

/**
 * Whether all there is of a job was there before or is wanted: so it looks before a restore, and where one was cut off on its way.
 */
export function isOnTheWay(living: Job, wanted: Job | undefined, was: readonly string[]): boolean {
  const isKnown = (piece: Fields) => was.includes(digestOf(piece))
  const spec = isKnown(specOf(living)) || (wanted !== undefined && sameSpec(living, wanted))
  const wantedSchedules = wanted ? schedulesOf(wanted) : new Map<string, Fields>()
  return (
    spec && [...schedulesOf(living)].every(([id, one]) => isKnown(one) || sameSchedule(one, wantedSchedules.get(id)))
  )
}
