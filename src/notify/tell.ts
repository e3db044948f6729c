// Tells what becomes of a backup to everybody that the cluster file names. What can't be told is an answer, never an error.
import { rm } from 'node:fs/promises'
import type { AddressSource, ClusterFile, SecretSource } from '../config/schema.ts'
import { readSecret } from '../config/secret-source.ts'
import { because } from '../errors.ts'
import { Secret } from '../secret.ts'
import { writeWhole } from '../whole-file.ts'
import { type Knock, type KnockPatience, knock } from './knock.ts'
import { type Message, messageOf, testMessage } from './message.ts'
import { metricsText } from './metrics.ts'
import { type Begun, type Ended, type GoodBackup, type Moment, momentOf } from './night.ts'

type Notify = ClusterFile['notify']

export interface Delivery {
  readonly to: string
  /** Why it was not delivered. */
  readonly trouble: string | undefined
}

export interface Post {
  readonly environment: NodeJS.ProcessEnv
  readonly patience: KnockPatience
}

/** Side by side; one that fails stops no other. */
export async function tell(
  notify: Notify,
  night: Begun | Ended,
  lastSuccess: GoodBackup | undefined,
  post: Post,
): Promise<readonly Delivery[]> {
  const moment = momentOf(night)
  const { webhook, ping, textfile } = notify
  return Promise.all([
    ...(webhook?.on.includes(moment) ? [toWebhook(webhook, messageOf(night), post)] : []),
    ...(ping && moment !== 'skipped' ? [toPing(ping, moment, post)] : []),
    ...(textfile === undefined ? [] : [toTextfile(textfile, metricsText(night, lastSuccess))]),
  ])
}

/** A test: the webhook gets a message of its own, the ping a start, the textfile is only seen to be writable. */
export function tellTest({ webhook, ping, textfile }: Notify, about: Begun, post: Post): Promise<readonly Delivery[]> {
  return Promise.all([
    ...(webhook ? [toWebhook(webhook, testMessage(about), post)] : []),
    ...(ping ? [toPing(ping, 'start', post)] : []),
    ...(textfile === undefined ? [] : [toTextfileTest(textfile)]),
  ])
}

/** Every address that may be read at night, with the key it stands under. */
export function addressesOf({ webhook, ping }: Notify): readonly (readonly [key: string, source: AddressSource])[] {
  const { url, start, success, failure } = ping ?? {}
  const all = [
    ['notify.webhook.url', webhook?.url],
    ['notify.ping.url', url],
    ['notify.ping.start', start],
    ['notify.ping.success', success],
    ['notify.ping.failure', failure],
  ] as const
  return all.flatMap(([key, source]) => (source === undefined ? [] : [[key, source] as const]))
}

export const isSecretSource = (source: AddressSource): source is SecretSource => typeof source !== 'string'

const toWebhook = ({ url }: NonNullable<Notify['webhook']>, json: Message, post: Post) =>
  deliver('the webhook', 'notify.webhook.url', url, post, address => ({ url: address, method: 'POST', json }))

/** As services of the kind of healthchecks.io expect it. */
const suffixes = { start: '/start', success: '', failure: '/fail' } as const

function toPing(ping: NonNullable<Notify['ping']>, moment: Exclude<Moment, 'skipped'>, post: Post): Promise<Delivery> {
  const own = ping[moment]
  const key = own === undefined ? 'notify.ping.url' : `notify.ping.${moment}`
  return deliver(`the ping (${moment})`, key, own ?? ping.url, post, address => ({
    url: own === undefined ? extended(address, suffixes[moment]) : address,
    method: 'GET',
  }))
}

function extended(address: Secret, suffix: string): Secret {
  const url = URL.parse(address.reveal())
  if (!url) return address
  url.pathname = url.pathname.replace(/\/+$/, '') + suffix
  return new Secret(url.href)
}

async function deliver(
  to: string,
  key: string,
  source: AddressSource,
  { environment, patience }: Post,
  request: (address: Secret) => Knock,
): Promise<Delivery> {
  try {
    const address = isSecretSource(source)
      ? await readSecret(`The address ${key}`, source, environment)
      : new Secret(source)
    return { to, trouble: await knock(request(address), patience) }
  } catch (error) {
    return { to, trouble: because(error) }
  }
}

async function toTextfile(path: string, text: string): Promise<Delivery> {
  const to = `the textfile ${path}`
  return writeWhole(path, text, 0o644).then(
    () => ({ to, trouble: undefined }),
    (error: unknown) => ({ to, trouble: because(error) }),
  )
}

async function toTextfileTest(path: string): Promise<Delivery> {
  const beside = path.replace(/\.prom$/, '.test')
  const { trouble } = await toTextfile(beside, '')
  if (trouble === undefined) await rm(beside, { force: true })
  return { to: `the textfile ${path}`, trouble }
}
