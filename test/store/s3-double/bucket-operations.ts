// Operations on a bucket: made, listed, cleared.
import { current, newBucket, remove, sortedKeys } from './buckets.ts'
import { Refusal } from './refusal.ts'
import { bucketOf, type Operations } from './request.ts'
import { elements, text, xml } from './xml.ts'

/** DeleteObjects takes so many keys. */
const mostDeletions = 1000

export const bucketOperations: Operations = {
  CreateBucket(request, { buckets }) {
    if (buckets.has(request.bucket)) throw new Refusal(409, 'BucketAlreadyOwnedByYou', 'You have it already.')
    const hasLock = request.headers.get('x-amz-bucket-object-lock-enabled') === 'true'
    buckets.set(request.bucket, newBucket({ hasLock }))
    return { status: 200, headers: { location: `/${request.bucket}` } }
  },

  GetBucketVersioning(request, state) {
    const { hasVersions } = bucketOf(request, state)
    return { status: 200, body: xml('VersioningConfiguration', hasVersions ? { Status: 'Enabled' } : {}) }
  },

  PutBucketVersioning(request, state) {
    bucketOf(request, state).hasVersions = text(String(request.payload.bytes), 'Status') === 'Enabled'
    return { status: 200 }
  },

  ListObjectsV2(request, state) {
    const bucket = bucketOf(request, state)
    const { query } = request
    const prefix = query.get('prefix') ?? ''
    const token = query.get('continuation-token')
    const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64').toString()
    const keys = sortedKeys(bucket.objects.keys()).filter(key => key.startsWith(prefix) && isAfter(key, after))
    const there = keys.flatMap(key => {
      const version = current(bucket, key)
      return version === undefined ? [] : [{ key, version }]
    })
    const page = there.slice(0, Math.min(state.pageSize, Number(query.get('max-keys') ?? state.pageSize)))
    const last = page.at(-1)?.key
    const isTruncated = page.length < there.length
    const body = xml('ListBucketResult', {
      ...{
        Name: request.bucket,
        Prefix: prefix,
        KeyCount: page.length,
        MaxKeys: state.pageSize,
        IsTruncated: isTruncated,
      },
      ...(isTruncated && last !== undefined ? { NextContinuationToken: Buffer.from(last).toString('base64') } : {}),
      Contents: page.map(({ key, version: { modified, etag, bytes } }) => ({
        ...{ Key: key, LastModified: modified.toISOString(), ETag: etag, Size: bytes.length, StorageClass: 'STANDARD' },
      })),
    })
    return { status: 200, body }
  },

  ListMultipartUploads(request, state) {
    const { uploads } = bucketOf(request, state)
    const { query } = request
    const prefix = query.get('prefix') ?? ''
    const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '']
    const all = [...uploads.values()]
      .filter(
        ({ key, id }) =>
          key.startsWith(prefix) &&
          (isAfter(key, keyMarker) || (key === keyMarker && id > idMarker && idMarker !== '')),
      )
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.id < b.id ? -1 : 1))
    const page = all.slice(0, state.pageSize)
    const last = page.at(-1)
    const body = xml('ListMultipartUploadsResult', {
      ...{ Bucket: request.bucket, Prefix: prefix, MaxUploads: state.pageSize, IsTruncated: page.length < all.length },
      ...(last === undefined ? {} : { NextKeyMarker: last.key, NextUploadIdMarker: last.id }),
      Upload: page.map(({ key, id, initiated }) => ({ Key: key, UploadId: id, Initiated: initiated.toISOString() })),
    })
    return { status: 200, body }
  },

  DeleteObjects(request, state) {
    const bucket = bucketOf(request, state)
    const { payload, headers } = request
    if (payload.crc32 === undefined && !headers.has('content-md5'))
      throw new Refusal(
        400,
        'InvalidRequest',
        'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
      )
    const document = String(payload.bytes)
    const asked = elements(document, 'Object').map(one => ({
      Key: text(one, 'Key') ?? '',
      VersionId: text(one, 'VersionId'),
    }))
    if (asked.length === 0 || asked.length > mostDeletions)
      throw new Refusal(400, 'MalformedXML', `DeleteObjects takes 1 to ${mostDeletions} keys`)
    const errors = asked.flatMap(({ Key, VersionId }) => {
      try {
        remove(bucket, Key, VersionId, state.now())
        return []
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return [{ Key, VersionId, Code: error.code, Message: error.message }]
      }
    })
    const isQuiet = text(document, 'Quiet') === 'true'
    const failed = new Set(errors.map(({ Key }) => Key))
    const Deleted = isQuiet ? [] : asked.filter(({ Key }) => !failed.has(Key)).map(({ Key }) => ({ Key }))
    return { status: 200, body: xml('DeleteResult', { Deleted, Error: errors }) }
  },
}

const isAfter = (key: string, marker: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0
