// What an operation of the double is given, and what it answers.
import type { Bucket } from './buckets.ts'
import type { Payload } from './payload.ts'
import { Refusal } from './refusal.ts'
import type { Operation, Route } from './route.ts'

export interface State {
  readonly buckets: Map<string, Bucket>
  readonly now: () => Date
  /** Keys in one page of a listing; S3 has 1000. */
  readonly pageSize: number
}

export interface Request extends Route {
  readonly headers: ReadonlyMap<string, string>
  readonly payload: Payload
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

type Perform = (request: Request, state: State) => Answer
export type Operations = Partial<Record<Operation, Perform>>

/** @throws Refusal where there is no such bucket */
export function bucketOf({ bucket: name }: Request, { buckets }: State): Bucket {
  const bucket = buckets.get(name)
  if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist')
  return bucket
}

/** S3 has 1024 bytes for a key. */
export function checkKey({ key }: Request): void {
  if (Buffer.byteLength(key) > 1024) throw new Refusal(400, 'KeyTooLongError', 'Your key is too long')
}

export const noSuchKey = (): Refusal => new Refusal(404, 'NoSuchKey', 'The specified key does not exist.')
