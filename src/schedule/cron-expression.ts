// A cron expression as every cron daemon reads it: five fields. What only some of them understand is refused, since a line that
// cron can't read is dropped with its whole file, and nobody hears of it.
import { Cron } from 'croner'

export interface CronExpression {
  readonly text: string
  readonly minutes: Field
  readonly hours: Field
  readonly days: Field
  readonly months: Field
  /** 0 is Sunday; 7 of the text is 0 here. */
  readonly weekdays: Field
}

export interface Field {
  readonly every: boolean
  readonly values: readonly number[]
}

export class NoCronExpression extends Error {
  override readonly name = 'NoCronExpression'
}

interface Kind {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly names: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const kinds = {
  minutes: { name: 'minute', from: 0, to: 59, names: [] },
  hours: { name: 'hour', from: 0, to: 23, names: [] },
  days: { name: 'day of the month', from: 1, to: 31, names: [] },
  months: { name: 'month', from: 1, to: 12, names: months },
  weekdays: { name: 'day of the week', from: 0, to: 7, names: weekdays },
} as const satisfies Record<string, Kind>

/** @throws NoCronExpression naming the field and what it may be */
export function parseCron(given: string): CronExpression {
  const text = given
    .trim()
    .replace(/[ \t]+/g, ' ')
    .replace(/(?<=^| )\*\/1(?= |$)/g, '*')
  const [minute, hour, day, month, weekday, ...more] = text.split(' ')
  if (minute?.startsWith('@'))
    throw new NoCronExpression(`${minute} is not understood by every cron daemon: write the five fields`)
  if (!minute || !hour || !day || !month || !weekday || more.length > 0)
    throw new NoCronExpression(`'${text}' is not five fields: minute, hour, day of the month, month, day of the week`)
  const days = field(day, kinds.days)
  const read = field(weekday, kinds.weekdays)
  // cron(8) of Vixie takes a field that begins with * for unrestricted, cronie and systemd do not agree: the days would differ.
  if ((startsWide(day) && !days.every && !read.every) || (startsWide(weekday) && !read.every && !days.every))
    throw new NoCronExpression(
      `'${day}' with '${weekday}': cron daemons do not agree on a step beside another day; list the days instead`,
    )
  const values = [...new Set(read.values.map(value => value % 7))].toSorted((a, b) => a - b)
  const expression = {
    text,
    minutes: field(minute, kinds.minutes),
    hours: field(hour, kinds.hours),
    days,
    months: field(month, kinds.months),
    weekdays: { every: read.every, values },
  }
  if (nextRuns(expression, 1, new Date()).length === 0)
    throw new NoCronExpression(`'${text}' never comes: no such day is in those months`)
  return expression
}

/** The next times in the time zone of this machine, as cron reckons; fewer than `count` where there are no more. */
export const nextRuns = ({ text }: { readonly text: string }, count: number, after: Date): readonly Date[] =>
  new Cron(text, { mode: '5-part', paused: true }).nextRuns(count, after)

/** The latest times before, newest first. */
export const previousRuns = ({ text }: { readonly text: string }, count: number, before: Date): readonly Date[] =>
  new Cron(text, { mode: '5-part', paused: true }).previousRuns(count, before)

const startsWide = (text: string): boolean => text.startsWith('*/')

function field(text: string, kind: Kind): Field {
  const values = text.split(',').flatMap(part => valuesOf(part, text, kind))
  const whole = kind.names === weekdays ? 7 : kind.to - kind.from + 1
  const distinct = [...new Set(values)].toSorted((a, b) => a - b)
  return { every: text === '*' || (text.startsWith('*') && distinct.length >= whole), values: distinct }
}

function valuesOf(part: string, text: string, kind: Kind): readonly number[] {
  const refuse = (why: string) => new NoCronExpression(`${kind.name} '${text}': ${why}`)
  const named = kind.names.indexOf(part.toLowerCase())
  if (named >= 0) {
    // crontab(5): "Ranges or lists of names are not allowed."
    if (text !== part) throw refuse('not every cron takes names in lists: write numbers')
    return [named + kind.from]
  }
  const [, star, first, last, step] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? []
  if (star === undefined && first === undefined)
    throw refuse(`may be *, numbers from ${kind.from} to ${kind.to}, ranges, steps and lists of them`)
  if (step !== undefined && star === undefined && last === undefined)
    throw refuse(`a step needs a range: ${first}-${kind.to}/${step}`)
  const from = first === undefined ? kind.from : Number(first)
  const to = first === undefined ? kind.to - (kind.names === weekdays ? 1 : 0) : Number(last ?? first)
  const by = Number(step ?? 1)
  if (from < kind.from || to > kind.to) throw refuse(`goes from ${kind.from} to ${kind.to}`)
  if (from > to) throw refuse(`${part} runs backwards`)
  if (by === 0) throw refuse('a step of 0 never moves')
  if (by > kind.to) throw refuse(`a step of ${by} leaves the field`)
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by)
}
