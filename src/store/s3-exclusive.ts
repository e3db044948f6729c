// Creating an S3 object only if nobody has, and finding out how far a server can be trusted with that.
import { setTimeout as pause } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { facts } from './s3-errors.ts'
import type { Creation } from './s3-options.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

export interface NewObject {
  readonly to: { readonly Bucket: string; readonly Key: string }
  readonly creation: Creation
  readonly bytes: Uint8Array
  /** Whether there is an object at this key. */
  isThere(): Promise<boolean>
  /** Whether the object at this key has these very bytes. */
  isOurs(): Promise<boolean>
}

/** Strict where the server honours `If-None-Match`; elsewhere only writers that don't race are kept apart. */
export async function createExclusively(
  sdk: Sdk,
  client: S3Client,
  { to, creation, bytes, isThere, isOurs }: NewObject,
): Promise<'created' | 'exists'> {
  // Some servers ignore the condition (Ceph 16 where objects have versions) or refuse it (Swift): look first, at least.
  if (await isThere()) return 'exists'
  const object = { ...to, ...creation, Body: bytes }
  let condition: { readonly IfNoneMatch?: '*' } = { IfNoneMatch: '*' }
  for (let tries = 1; ; tries++) {
    try {
      await client.send(new sdk.PutObjectCommand({ ...object, ...condition }))
      return 'created'
    } catch (error) {
      const { status } = facts(error)
      // 409: another writer is at it this moment, and may yet fail.
      if (status === 409 && tries < 10) await pause(100 * tries)
      else if (status === 501 && condition.IfNoneMatch) condition = {}
      else if (status !== 412) throw error
      // 412 to a request that was sent twice: the first may have been ours.
      else return wasRetried(error) && (await isOurs()) ? 'created' : 'exists'
    }
  }
}

/** Tries to overwrite `existing` under the condition that it does not exist. */
export async function keepsWritersApart(
  sdk: Sdk,
  client: S3Client,
  existing: { readonly Bucket: string; readonly Key: string; readonly Body: Uint8Array },
): Promise<boolean> {
  try {
    await client.send(new sdk.PutObjectCommand({ ...existing, IfNoneMatch: '*' }))
    return false
  } catch (error) {
    const { status } = facts(error)
    if (status === 412 || status === 501) return status === 412
    throw error
  }
}

function wasRetried(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false
  const metadata = error.$metadata
  return typeof metadata === 'object' && metadata !== null && 'attempts' in metadata && metadata.attempts !== 1
}
