// What an S3 server or the network says, in the operator's words.
import { StoreError } from './store.ts'

export interface S3Place {
  readonly where: string
  readonly bucket: string
  readonly endpoint: string | undefined
  /** The access key id in use, never its secret; undefined while none was found. */
  readonly accessKeyId: string | undefined
}

/** @param what what we were about, e.g. `can't write a/b` */
export function s3Error(place: S3Place, what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const { name, status, message } = facts(error)
  const { trouble, why, remedy } = explain(place, name, status)
  const said = `${why ?? 'the server refused'} (${[status, name, message].filter(Boolean).join(' ')})`
  return new StoreError(trouble, place.where, `${what}: ${said}`, {
    ...(message === '' ? {} : { cause: error }), // one without words of its own has nothing to add
    ...(remedy === undefined ? {} : { remedy }),
  })
}

/** The name that S3 or Node gave the error, and the HTTP status if there was an answer. */
export function facts(error: unknown): { name: string; status: number | undefined; message: string } {
  if (!(error instanceof Error)) return { name: '', status: undefined, message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const message = error.message === 'UnknownError' ? '' : error.message
  return { name: code ?? error.name, status: statusOf(error), message }
}

function statusOf(error: object): number | undefined {
  if (!('$metadata' in error)) return undefined
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

const networkTroubles = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'TimeoutError',
  'NetworkingError',
])

interface Explained {
  readonly trouble: StoreError['trouble']
  readonly why?: string
  readonly remedy?: string
}

const otherCredentials = 'correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws'

function explain({ bucket, endpoint, accessKeyId }: S3Place, name: string, status: number | undefined): Explained {
  const key = accessKeyId === undefined ? 'without an access key' : `with access key ${accessKeyId}`
  if (name === 'NoSuchBucket') {
    const remedy = `create the bucket or correct store.s3.bucket: ${bucket}`
    return { trouble: 'no-such-place', why: `there is no bucket ${bucket}`, remedy }
  }
  if (name === 'NoSuchKey' || name === 'NotFound' || status === 404) return { trouble: 'not-found', why: 'not there' }
  if (name === 'CredentialsProviderError') {
    const remedy = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws'
    return { trouble: 'denied', why: 'no credentials were found', remedy }
  }
  if (name === 'InvalidAccessKeyId')
    return { trouble: 'denied', why: `the server does not know us ${key}`, remedy: otherCredentials }
  if (name === 'SignatureDoesNotMatch')
    return { trouble: 'denied', why: `the secret is not the right one ${key}`, remedy: otherCredentials }
  if (name === 'RequestTimeTooSkewed') {
    return { trouble: 'denied', why: "this host's clock is wrong", remedy: 'set the clock: timedatectl' }
  }
  if (name === 'ExpiredToken') {
    const remedy = 'get new credentials: AWS_SESSION_TOKEN, or aws sso login'
    return { trouble: 'denied', why: `the session has expired ${key}`, remedy }
  }
  if (name === 'PreconditionFailed') return { trouble: 'other', why: 'the object is another one by now' }
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301) {
    return {
      trouble: 'no-such-place',
      why: `bucket ${bucket} lives in another region`,
      remedy: 'correct store.s3.region',
    }
  }
  if (status === 401 || status === 403) {
    const remedy = `dcosctl needs s3:GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListBucket, ListBucketMultipartUploads and ListMultipartUploadParts on ${bucket}`
    return { trouble: 'denied', why: `not allowed in bucket ${bucket} ${key}`, remedy }
  }
  if (name === 'QuotaExceeded' || name === 'StorageFull' || status === 507) {
    return { trouble: 'no-space', why: 'no room left', remedy: 'raise the quota or remove old backups' }
  }
  if (status === 429 || status === 503)
    return { trouble: 'busy', why: 'the server asked to slow down, again and again', remedy: 'try again later' }
  if (status !== undefined && status >= 500 && status !== 501) {
    const remedy = "look at the server's own log; what was written stays, and is no backup before its manifest"
    return { trouble: 'other', why: 'the server failed, again and again', remedy }
  }
  if (status === 411 || status === 501) return { trouble: 'unsupported', why: 'this server lacks something we need' }
  if (status === undefined && networkTroubles.has(name)) {
    const at = endpoint ?? "Amazon's S3"
    const remedy = endpoint === undefined ? 'is there a way out to Amazon?' : `try: curl -v ${endpoint}`
    return { trouble: 'unreachable', why: `${at} does not answer`, remedy }
  }
  return { trouble: 'other' }
}
