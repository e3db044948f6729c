// Uploads in parts: nothing is visible before the last request, which names every part.
import { add, etagOf, etagOfParts, type MultipartUpload, newId, type Version } from './buckets.ts'
import { creationOf } from './creation.ts'
import { refuseUnlessNew, toldOnCreation, versionHeader } from './objects.ts'
import { crc32Of } from './payload.ts'
import { invalid, Refusal } from './refusal.ts'
import { bucketOf, checkKey, type Operations, type Request, type State } from './request.ts'
import { elements, text, xml } from './xml.ts'

/** Of every part but the last one (S3 User Guide, "multipart upload limits"). */
const leastPart = 5 * 1024 * 1024
const mostParts = 10_000

export const multipartOperations: Operations = {
  CreateMultipartUpload(request, state) {
    const bucket = bucketOf(request, state)
    checkKey(request)
    const { bucket: Bucket, key, headers } = request
    const wantsCrc32 = headers.get('x-amz-checksum-algorithm') === 'CRC32'
    const upload = {
      ...creationOf(request, bucket),
      wantsCrc32,
      id: newId(),
      key,
      initiated: state.now(),
      parts: new Map(),
    }
    bucket.uploads.set(upload.id, upload)
    const algorithm = wantsCrc32 ? { 'x-amz-checksum-algorithm': 'CRC32' } : {}
    const body = xml('InitiateMultipartUploadResult', { Bucket, Key: key, UploadId: upload.id })
    return { status: 200, headers: { ...upload.headers, ...algorithm }, body }
  },

  UploadPart(request, state) {
    const upload = uploadOf(request, state)
    const number = Number(request.query.get('partNumber'))
    if (!(number >= 1 && number <= mostParts))
      throw new Refusal(400, 'InvalidArgument', `Part number must be from 1 to ${mostParts}`)
    const { bytes, crc32 } = request.payload
    if (upload.wantsCrc32 && crc32 === undefined)
      throw invalid('Checksum Type mismatch occurred, expected checksum Type: crc32')
    const etag = etagOf(bytes)
    upload.parts.set(number, { bytes, etag, crc32, modified: state.now() })
    return { status: 200, headers: { etag, ...(crc32 === undefined ? {} : { 'x-amz-checksum-crc32': crc32 }) } }
  },

  ListParts(request, state) {
    const upload = uploadOf(request, state)
    const after = Number(request.query.get('part-number-marker') ?? 0)
    const all = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
    const page = all.slice(0, state.pageSize)
    const last = page.at(-1)?.[0]
    const body = xml('ListPartsResult', {
      ...{ Bucket: request.bucket, Key: request.key, UploadId: upload.id, MaxParts: state.pageSize },
      IsTruncated: page.length < all.length,
      ...(last === undefined ? {} : { NextPartNumberMarker: last }),
      Part: page.map(([PartNumber, { bytes, etag, modified }]) => ({
        ...{ PartNumber, LastModified: modified.toISOString(), ETag: etag, Size: bytes.length },
      })),
    })
    return { status: 200, body }
  },

  CompleteMultipartUpload(request, state) {
    const bucket = bucketOf(request, state)
    const upload = uploadOf(request, state)
    refuseUnlessNew(request, state)
    const parts = partsNamed(String(request.payload.bytes), upload)
    const bytes = Buffer.concat(parts.map(part => part.bytes))
    const version: Version = {
      ...{ id: bucket.hasVersions ? newId() : 'null', bytes, modified: state.now(), isMarker: false },
      ...{ etag: etagOfParts(parts.map(part => part.etag)), headers: upload.headers, retention: upload.retention },
    }
    bucket.uploads.delete(upload.id)
    add(bucket, upload.key, version)
    const body = xml('CompleteMultipartUploadResult', { Bucket: request.bucket, Key: upload.key, ETag: version.etag })
    return { status: 200, headers: { ...versionHeader(version), ...toldOnCreation(version) }, body }
  },

  AbortMultipartUpload(request, state) {
    bucketOf(request, state).uploads.delete(uploadOf(request, state).id)
    return { status: 204 }
  },
}

/** @throws Refusal where the upload is finished, aborted, or of another key */
function uploadOf(request: Request, state: State): MultipartUpload {
  const upload = bucketOf(request, state).uploads.get(request.query.get('uploadId') ?? '')
  if (upload?.key === request.key) return upload
  throw new Refusal(404, 'NoSuchUpload', 'The specified upload does not exist.')
}

/** @throws Refusal unless they are named in order, each as it was answered, all but the last of 5 MiB or more */
function partsNamed(document: string, upload: MultipartUpload) {
  const named = elements(document, 'Part').map(part => ({
    number: Number(text(part, 'PartNumber')),
    etag: text(part, 'ETag') ?? '',
    crc32: text(part, 'ChecksumCRC32'),
  }))
  if (named.length === 0) throw new Refusal(400, 'MalformedXML', 'The XML you provided names no part')
  if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0)))
    throw new Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
  return named.map(({ number, etag, crc32 }, index) => {
    const part = upload.parts.get(number)
    if (part === undefined || part.etag.replaceAll('"', '') !== etag.replaceAll('"', ''))
      throw new Refusal(400, 'InvalidPart', `Part ${number} could not be found, or its entity tag is another one.`)
    if (upload.wantsCrc32 && crc32 === undefined)
      throw invalid(
        'The upload was created using a crc32 checksum. The complete request must include the checksum for each part.',
      )
    if (crc32 !== undefined && crc32 !== crc32Of(part.bytes))
      throw new Refusal(400, 'InvalidPart', `Part ${number} has another CRC32.`)
    if (index < named.length - 1 && part.bytes.length < leastPart)
      throw new Refusal(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    return part
  })
}
