// Streams an object of unknown length to S3 in parts; a failed one is taken back, and that is checked.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'
import { inPieces } from './bytes.ts'
import { facts } from './s3-errors.ts'
import type { Creation, S3Limits } from './s3-options.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

export interface Upload {
  readonly sdk: Sdk
  readonly client: S3Client
  readonly to: { readonly Bucket: string; readonly Key: string }
  readonly creation: Creation
  readonly limits: S3Limits
}

/** A multipart upload has at most so many parts (S3 User Guide, "multipart upload limits"). */
const mostParts = 10_000

/** The object appears at once, when its last part is there. On an error the parts are removed again. */
export async function upload(options: Upload, body: AsyncIterable<Uint8Array>): Promise<void> {
  const { sdk, client, to, creation, limits } = options
  const parts = inPieces(body, limits.partBytes)
  const first = await parts.next()
  const whole = first.done ? Buffer.alloc(0) : first.value
  if (whole.length < limits.partBytes) {
    await client.send(new sdk.PutObjectCommand({ ...to, ...creation, Body: whole }))
    return
  }

  const token = randomUUID()
  const begun = { ...to, ...creation, Metadata: { [tokenName]: token } }
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(begun))
  if (UploadId === undefined) throw new Error('the server began a multipart upload without an UploadId')
  try {
    const Parts = await sendParts(options, UploadId, whole, parts)
    await complete(options, UploadId, Parts, token)
  } catch (error) {
    await parts.return(undefined)
    await abort(sdk, client, to, UploadId)
    throw error
  }
}

/** Metadata of an object that came in parts: tells ours from another's where the answer to its last request was lost. */
const tokenName = 'dcosctl-upload'

/** Sent again after its answer was lost, it finds no upload any more where the first one was carried out: then the object itself tells. */
async function complete({ sdk, client, to }: Upload, UploadId: string, Parts: CompletedPart[], token: string) {
  try {
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload: { Parts } }))
  } catch (error) {
    if (facts(error).name !== 'NoSuchUpload') throw error
    const { Metadata } = await client.send(new sdk.HeadObjectCommand(to)).catch(() => ({ Metadata: undefined }))
    if (Metadata?.[tokenName] !== token) throw error
  }
}

/** Returns when every part is there, or throws when one failed and no other is under way any more: only then can an abort be final. */
async function sendParts(
  { sdk, client, to, creation, limits }: Upload,
  UploadId: string,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
): Promise<CompletedPart[]> {
  const done: CompletedPart[] = []
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  const { ChecksumAlgorithm } = creation
  const send = async (PartNumber: number, Body: Buffer) => {
    const part = { ...to, UploadId, PartNumber, Body, ...(ChecksumAlgorithm ? { ChecksumAlgorithm } : {}) }
    const { ETag, ChecksumCRC32 } = await client.send(new sdk.UploadPartCommand(part))
    done.push({ PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) })
  }
  const begin = async (number: number, part: Buffer) => {
    const sending = send(number, part)
      .catch(error => void failures.push(error))
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
    if (underWay.size >= limits.partsAtOnce) await Promise.race(underWay)
  }

  try {
    let number = 1
    await begin(number, first)
    for await (const part of rest) {
      if (failures.length > 0) break
      if (++number > mostParts) {
        throw new Error(`longer than ${mostParts} parts of ${limits.partBytes} bytes; larger parts are needed`)
      }
      await begin(number, part)
    }
  } finally {
    await Promise.all(underWay)
  }
  if (failures.length > 0) throw failures[0]
  return done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
}

/**
 * Removes an upload and looks whether it is gone: servers were seen to list one for up to three seconds after its abort.
 * Returns false if it is still there, or if that can't be told; then the store's `unfinished` will name it.
 */
export async function abort(sdk: Sdk, client: S3Client, to: Upload['to'], UploadId: string): Promise<boolean> {
  for (const wait of [0, 200, 500, 1000, 2000, 4000]) {
    await pause(wait)
    try {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...to, UploadId }))
    } catch (error) {
      if (facts(error).name !== 'NoSuchUpload') return false
    }
    if (await isGone(sdk, client, to, UploadId)) return true
  }
  return false
}

async function isGone(sdk: Sdk, client: S3Client, { Bucket, Key }: Upload['to'], UploadId: string): Promise<boolean> {
  try {
    const { Uploads } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    return !(Uploads ?? []).some(upload => upload.UploadId === UploadId)
  } catch {
    return false // not known to be gone
  }
}

/** When the newest part came, so that an upload that takes days is not taken for one that was killed. Undefined: it is gone meanwhile. */
export async function lastWritten(
  sdk: Sdk,
  client: S3Client,
  to: Upload['to'],
  UploadId: string,
  initiated: Date,
): Promise<Date | undefined> {
  let last = initiated
  let after = 0
  try {
    for (;;) {
      const PartNumberMarker = String(after)
      const { Parts = [], IsTruncated } = await client.send(
        new sdk.ListPartsCommand({ ...to, UploadId, PartNumberMarker }),
      )
      for (const { LastModified } of Parts) if (LastModified !== undefined && LastModified > last) last = LastModified
      // Ceph 16 says that more follows, and gives 0 to go on from, where nothing does: only a part that is further on counts.
      const end = Math.max(after, ...Parts.map(({ PartNumber = 0 }) => PartNumber))
      if (!IsTruncated || end === after) break
      after = end
    }
    return last
  } catch (error) {
    const { name, status } = facts(error)
    if (name === 'NoSuchUpload') return undefined
    if (status === 403 || status === 501) return initiated // not allowed to us, or not known there
    throw error
  }
}
