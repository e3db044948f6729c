// Reads an object from S3; a line that drops in mid-body is picked up where it was.

import { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ByteRange } from './store.ts'

type Open = (headers: { readonly Range?: string; readonly IfMatch?: string }) => Promise<GetObjectCommandOutput>
type Told = <T>(work: () => Promise<T>) => Promise<T>

/** How often in a row a line may drop without a single byte in between. */
const mostDrops = 3

/** Opens at once, so that a missing object is known before anything is read. */
export async function s3Body(range: ByteRange | undefined, open: Open, told: Told): Promise<AsyncIterable<Uint8Array>> {
  const from = range?.from ?? 0
  if (range?.to !== undefined && range.to <= from) return Readable.from([])
  const first = await told(() => openOrEmpty(open, range === undefined ? {} : { Range: rangeOf(from, range.to) }))
  return first === undefined ? Readable.from([]) : read(first, from, range?.to, open, told)
}

function rangeOf(from: number, to: number | undefined): string {
  return `bytes=${from}-${to === undefined ? '' : to - 1}`
}

/** 416: the object ends before the range begins, which is an empty answer to us. */
async function openOrEmpty(
  open: Open,
  headers: { readonly Range?: string },
): Promise<GetObjectCommandOutput | undefined> {
  try {
    return await open(headers)
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidRange') return undefined
    throw error
  }
}

async function* read(
  first: GetObjectCommandOutput,
  from: number,
  to: number | undefined,
  open: Open,
  told: Told,
): AsyncGenerator<Uint8Array> {
  const { ETag, ContentLength } = first
  const end = ContentLength === undefined ? undefined : from + ContentLength
  const again = () =>
    told(() => open({ Range: rangeOf(position, to ?? end), ...(ETag === undefined ? {} : { IfMatch: ETag }) }))
  let body = bodyOf(first)
  let position = from
  try {
    for (let drops = 0; ; ) {
      const { chunk, dropped } = await next(body)
      if (chunk !== undefined) {
        drops = 0
        position += chunk.byteLength
        yield chunk
      } else if (dropped === undefined && (end === undefined || position === end)) {
        return
      } else if (++drops > mostDrops || end === undefined) {
        const cause = dropped ?? new Error(`the body ended after ${position - from} of ${ContentLength} bytes`)
        await told(() => Promise.reject(cause))
      } else {
        body = bodyOf(await again())
      }
    }
  } finally {
    await body.return?.()
  }
}

function bodyOf({ Body }: GetObjectCommandOutput): AsyncIterator<Uint8Array> {
  if (!(Body instanceof Readable)) throw new Error('the server answered without a body')
  return Body[Symbol.asyncIterator]()
}

async function next(body: AsyncIterator<Uint8Array>): Promise<{ chunk?: Uint8Array; dropped?: unknown }> {
  try {
    const { done, value } = await body.next()
    return done ? {} : { chunk: value }
  } catch (dropped) {
    return { dropped }
  }
}
