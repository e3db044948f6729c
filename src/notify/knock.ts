// One HTTP request to somebody who wants to know: with a deadline and few tries. Its errors never name the URL, which may be a secret.
import { setTimeout as pause } from 'node:timers/promises'
import type { Secret } from '../secret.ts'

export interface Knock {
  readonly url: Secret
  readonly method: 'GET' | 'POST'
  readonly json?: object
}

export interface KnockPatience {
  /** Milliseconds for one try. */
  readonly within: number
  /** Milliseconds before each further try. */
  readonly pauses: readonly number[]
}

export const usualKnock: KnockPatience = { within: 10_000, pauses: [1_000, 3_000] }

/** Why it was not taken; undefined where it was. Never rejects. */
export async function knock(request: Knock, { within, pauses }: KnockPatience): Promise<string | undefined> {
  const prepared = prepare(request)
  if (typeof prepared === 'string') return prepared
  for (const before of [...pauses, undefined]) {
    const { trouble, again } = await attempt(prepared, within)
    if (trouble === undefined || !again || before === undefined) return trouble
    await pause(before)
  }
  return undefined
}

interface Prepared {
  readonly url: string
  readonly init: RequestInit
}

function prepare({ url: secret, method, json }: Knock): Prepared | string {
  const url = URL.parse(secret.reveal())
  if (!url || !/^https?:$/.test(url.protocol)) return 'its address is not an http or https URL'
  const headers: Record<string, string> = { 'user-agent': 'dcosctl' }
  // fetch refuses a URL with credentials, and its message would print them.
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    url.username = url.password = ''
  }
  if (json) headers['content-type'] = 'application/json'
  // A redirected POST becomes a GET: whoever answers that one has not got the message.
  const init = { method, headers, redirect: 'manual' as const, ...(json ? { body: JSON.stringify(json) } : {}) }
  return { url: url.href, init }
}

async function attempt({ url, init }: Prepared, within: number): Promise<{ trouble?: string; again: boolean }> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(within) })
    await answer.body?.cancel()
    if (answer.ok) return { again: false }
    const trouble = `it answered ${answer.status}${answer.status < 400 ? ', a redirection, which is not followed' : ''}`
    return { trouble, again: answer.status === 429 || answer.status >= 500 }
  } catch (error) {
    return { trouble: sayFailure(error, within), again: true }
  }
}

/** Codes only: messages of fetch hold what was asked for. */
function sayFailure(error: unknown, within: number): string {
  if (!(error instanceof Error)) return 'it could not be asked'
  if (error.name === 'TimeoutError') return `no answer within ${within / 1000} s`
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
  return `it could not be asked (${code})`
}
