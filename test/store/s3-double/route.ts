// Which operation of S3 a request is: told by method, path and query.
import type { Signed } from './signature.ts'

export type Operation =
  | 'CreateBucket'
  | 'GetBucketVersioning'
  | 'PutBucketVersioning'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'DeleteObjects'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'PutObjectRetention'
  | 'GetObjectRetention'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'unknown'

export interface Route {
  readonly operation: Operation
  readonly bucket: string
  /** '' for an operation on the bucket. */
  readonly key: string
  readonly query: URLSearchParams
}

/** `https://host/bucket/key` only, the path style. */
export function routeOf({ method, path, query: raw }: Signed): Route {
  const [, bucket = '', ...rest] = path.split('/').map(part => decodeURIComponent(part))
  const key = rest.join('/')
  const query = new URLSearchParams(raw.replaceAll('+', '%2B'))
  return { operation: operationOf(method, key !== '', query), bucket, key, query }
}

function operationOf(method: string, hasKey: boolean, query: URLSearchParams): Operation {
  const asks = (name: string) => query.has(name)
  if (!hasKey) {
    if (method === 'PUT') return asks('versioning') ? 'PutBucketVersioning' : 'CreateBucket'
    if (method === 'POST' && asks('delete')) return 'DeleteObjects'
    if (method !== 'GET') return 'unknown'
    if (asks('versioning')) return 'GetBucketVersioning'
    if (asks('uploads')) return 'ListMultipartUploads'
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'unknown'
  }
  switch (method) {
    case 'PUT':
      return asks('partNumber') ? 'UploadPart' : asks('retention') ? 'PutObjectRetention' : 'PutObject'
    case 'GET':
      return asks('uploadId') ? 'ListParts' : asks('retention') ? 'GetObjectRetention' : 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'POST':
      return asks('uploads') ? 'CreateMultipartUpload' : asks('uploadId') ? 'CompleteMultipartUpload' : 'unknown'
    case 'DELETE':
      return asks('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject'
    default:
      return 'unknown'
  }
}
