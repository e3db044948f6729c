// What an object is created with: storage class, the server's encryption, Object Lock. Asked for by headers, and told by headers.
import type { Bucket, Retention } from './buckets.ts'
import { invalid, Refusal } from './refusal.ts'
import type { Request } from './request.ts'

export interface Created {
  readonly headers: Readonly<Record<string, string>>
  readonly retention: Retention | undefined
}

const remembered = [
  'content-type',
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
]

/** @throws Refusal for what S3 does not take */
export function creationOf({ headers, payload, operation }: Request, bucket: Bucket): Created {
  const encryption = headers.get('x-amz-server-side-encryption')
  if (encryption !== undefined && encryption !== 'AES256' && encryption !== 'aws:kms')
    throw new Refusal(400, 'InvalidEncryptionAlgorithmError', 'The encryption request that you specified is not valid.')
  const mode = headers.get('x-amz-object-lock-mode')
  const until = headers.get('x-amz-object-lock-retain-until-date')
  if ((mode === undefined) !== (until === undefined))
    throw invalid('x-amz-object-lock-mode and -retain-until-date go together')
  if (mode !== undefined) {
    if (!bucket.hasLock) throw invalid('Bucket is missing Object Lock Configuration')
    // Of an upload in parts each part carries its own.
    const isSummed = payload.crc32 !== undefined || headers.has('content-md5') || operation === 'CreateMultipartUpload'
    if (!isSummed)
      throw invalid(
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
      )
  }
  return {
    headers: Object.fromEntries(
      [...headers].filter(([name]) => remembered.includes(name) || name.startsWith('x-amz-meta-')),
    ),
    retention: mode === undefined || until === undefined ? undefined : { mode, until: new Date(until) },
  }
}

export const retentionHeaders = (retention: Retention | undefined): Readonly<Record<string, string>> =>
  retention === undefined
    ? {}
    : {
        'x-amz-object-lock-mode': retention.mode,
        'x-amz-object-lock-retain-until-date': retention.until.toISOString(),
      }
