// Asking a service of a node over HTTP and reading its answer as JSON, with errors that name the service, the node and what came instead.
import type { z } from 'zod'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A service on one node: its name for messages, and a way to ask it. Never follows redirects. */
export interface Service {
  /** For messages: `Mesos on m1`. */
  readonly says: string
  ask(request: {
    readonly path: string
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
    /** JSON. */
    readonly body?: string
    /** The answer grows with the cluster: it may take longer and be larger than others. */
    readonly big?: boolean
  }): Promise<Answer>
}

/** What came was not what the service answers when it is well. */
export class UnexpectedAnswer extends Error {
  readonly status: number
  constructor(service: Service, path: string, status: number, saw: string) {
    super(`${service.says} answered ${path} with ${saw}`)
    this.name = 'UnexpectedAnswer'
    this.status = status
  }
}

/** @throws UnexpectedAnswer for any status but 200, for a body that is not JSON, and for JSON of another shape. */
export async function askJson<T>(service: Service, path: string, schema: z.ZodType<T>): Promise<T> {
  return readJson(service, path, await service.ask({ path }), schema)
}

/** For an answer that grows with the cluster. @throws UnexpectedAnswer as `askJson`. */
export async function askBigJson<T>(service: Service, path: string, schema: z.ZodType<T>): Promise<T> {
  return readJson(service, path, await service.ask({ path, big: true }), schema)
}

/** Reads an answer that was already had. @throws UnexpectedAnswer as `askJson`. */
export function readJson<T>(service: Service, path: string, answer: Answer, schema: z.ZodType<T>): T {
  const refuse = (saw: string) => new UnexpectedAnswer(service, path, answer.status, saw)
  if (answer.status === 401 || answer.status === 403) throw refuse(`${answer.status}: it wants credentials`)
  const text = answer.body.toString('utf8')
  if (answer.status !== 200) throw refuse(`${answer.status} ${firstWords(text)}`.trimEnd())
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw refuse(/^\s*</.test(text) ? 'an HTML page, not JSON' : `something that is not JSON: ${firstWords(text)}`)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refuse(`JSON of another shape: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

const firstWords = (text: string): string => JSON.stringify(text.trim().slice(0, 60))
