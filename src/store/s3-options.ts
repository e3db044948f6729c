// What there is to choose about an S3 store, and the client that follows from it.
import type { S3Client, StorageClass } from '@aws-sdk/client-s3'
import type { Secret } from '../secret.ts'
import { retrying, type S3Patience, usualPatience } from './s3-retry.ts'
import { StoreError } from './store.ts'

export interface S3Options {
  readonly bucket: string
  /** A folder in the bucket, without slashes at its ends; '' for none. */
  readonly prefix: string
  readonly region: string
  /** Of a server that is not Amazon's: `https://host:port`. */
  readonly endpoint?: string | undefined
  /** `https://host/bucket` instead of `https://bucket.host`. */
  readonly pathStyle?: boolean | undefined
  readonly storageClass?: string | undefined
  /** Encryption by the server, besides our own. Without it the bucket's default holds. */
  readonly serverSide?: { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyId?: string | undefined }
  /** Keeps every object of a backup from being changed or removed for so many days. The bucket must have Object Lock. */
  readonly objectLock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number } | undefined
  /** Without it: environment, ~/.aws, container, instance, in the SDK's usual order. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | undefined
  readonly limits?: S3Limits | undefined
  /** Without it: the usual one. */
  readonly patience?: S3Patience | undefined
}

/** Memory of one put is at most `partBytes` × (`partsAtOnce` + 1). S3 takes 10,000 parts, so an object has at most `partBytes` × 10,000. */
export interface S3Limits {
  /** At least 5 MiB. */
  readonly partBytes: number
  readonly partsAtOnce: number
}

/** 80 MiB of memory, objects up to 160 GB. */
export const usualLimits: S3Limits = { partBytes: 16 * 1024 * 1024, partsAtOnce: 4 }

/** Where the store is, for messages. */
export function whereOf({ bucket, prefix, endpoint }: S3Options): string {
  return `s3://${[bucket, prefix].filter(part => part !== '').join('/')}${endpoint === undefined ? '' : ` at ${endpoint}`}`
}

type Sdk = typeof import('@aws-sdk/client-s3')

export function clientFor(sdk: Sdk, options: S3Options): S3Client {
  const { endpoint, credentials, patience = usualPatience } = options
  return new sdk.S3Client({
    region: options.region,
    ...(options.pathStyle === undefined ? {} : { forcePathStyle: options.pathStyle }),
    // Servers other than Amazon's answer 411 or 501 to the SDK's checksums; what we rely on is our own SHA-256.
    ...(endpoint === undefined
      ? {}
      : { endpoint, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey.reveal(),
          },
        }),
    retryStrategy: retrying(patience),
    requestHandler: {
      connectionTimeout: patience.connectWithin,
      socketTimeout: patience.idleWithin,
      requestTimeout: patience.answerWithin,
      throwOnRequestTimeout: true,
    },
  })
}

/** What every object of a backup is created with. */
export interface Creation {
  readonly StorageClass?: StorageClass
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms'
  readonly SSEKMSKeyId?: string
  readonly ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE'
  readonly ObjectLockRetainUntilDate?: Date
  readonly ChecksumAlgorithm?: 'CRC32'
}

/** @throws StoreError `unsupported` for a storage class that S3 does not know */
export function creation(sdk: Sdk, options: S3Options, now: Date): Creation {
  const { storageClass, serverSide, objectLock } = options
  const known = Object.values(sdk.StorageClass).find(name => name === storageClass)
  if (storageClass !== undefined && known === undefined) {
    const remedy = `one of ${Object.values(sdk.StorageClass).join(', ')}`
    throw new StoreError('unsupported', whereOf(options), `there is no storage class ${storageClass}`, { remedy })
  }
  return {
    ...(known === undefined ? {} : { StorageClass: known }),
    ...(serverSide === undefined ? {} : { ServerSideEncryption: serverSide.kind }),
    ...(serverSide?.kind === 'aws:kms' && serverSide.keyId !== undefined ? { SSEKMSKeyId: serverSide.keyId } : {}),
    ...(objectLock === undefined ? {} : retention(objectLock, now)),
    // Amazon demands a checksum with Object Lock; without a custom endpoint the SDK sends one anyway, and parts must agree.
    ...(objectLock !== undefined || options.endpoint === undefined ? { ChecksumAlgorithm: 'CRC32' } : {}),
  }
}

function retention({ mode, days }: NonNullable<S3Options['objectLock']>, now: Date) {
  return { ObjectLockMode: mode, ObjectLockRetainUntilDate: new Date(now.getTime() + days * 24 * 60 * 60 * 1000) }
}
