// The JSON that a webhook gets. `text` says it all in one sentence or two, for receivers that show only that (Slack, Mattermost, Teams).
import { type Begun, type Ended, type GoodBackup, type Moment, momentOf, secondsOf } from './night.ts'

export interface Message {
  readonly format: 1
  readonly event: Moment | 'test'
  readonly text: string
  readonly cluster: Begun['cluster']
  readonly host: string
  readonly started: string
  readonly ended?: string
  readonly seconds?: number
  readonly exit?: number
  readonly code?: Ended['code']
  readonly what?: string
  readonly state?: string
  readonly next?: readonly string[]
  /** Null where there is none; left out where nobody knows. */
  readonly newestGood?: GoodBackup | null
}

export function messageOf(night: Begun | Ended): Message {
  const { cluster, host, started } = night
  const about = { cluster, host, started }
  const event = momentOf(night)
  if (!('code' in night))
    return { format: 1, event, text: `The backup of ${cluster.name} begins on ${host}.`, ...about }
  const { ended, exit, code, what, state, next, newest } = night
  return {
    format: 1,
    event,
    text: textOf(night, event),
    ...about,
    ended,
    seconds: secondsOf(night),
    exit,
    code,
    what,
    ...(state === undefined ? {} : { state }),
    next,
    ...(newest === undefined ? {} : { newestGood: newest }),
  }
}

export const testMessage = (about: Begun): Message => ({
  format: 1,
  event: 'test',
  text: `A test of dcosctl on ${about.host}: what becomes of the backups of ${about.cluster.name} is told here.`,
  ...about,
})

function textOf({ cluster, host, what, state, code, exit }: Ended, event: Moment): string {
  switch (event) {
    case 'start':
    case 'success':
      return what
    case 'skipped':
      return `The backup of ${cluster.name} was skipped on ${host}: ${what}`
    case 'failure':
      return `The backup of ${cluster.name} failed on ${host}: ${what}${state ? ` ${state}` : ''} (${code}, exit ${exit})`
  }
}
