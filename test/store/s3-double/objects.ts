// Operations on one object.
import { add, current, etagOf, newId, remove, type Version } from './buckets.ts'
import { creationOf, retentionHeaders } from './creation.ts'
import { crc32Of } from './payload.ts'
import { invalid, Refusal } from './refusal.ts'
import { type Answer, bucketOf, checkKey, noSuchKey, type Operations, type Request, type State } from './request.ts'
import { text, xml } from './xml.ts'

export const objectOperations: Operations = {
  PutObject(request, state) {
    const bucket = bucketOf(request, state)
    checkKey(request)
    const { headers, payload, key } = request
    const created = creationOf(request, bucket)
    refuseUnlessNew(request, state)
    const { bytes } = payload
    const version: Version = {
      ...{
        id: bucket.hasVersions ? newId() : 'null',
        bytes,
        etag: etagOf(bytes),
        modified: state.now(),
        isMarker: false,
      },
      headers: {
        ...created.headers,
        ...(headers.has('x-amz-checksum-crc32') || payload.crc32 ? { 'x-amz-checksum-crc32': crc32Of(bytes) } : {}),
      },
      retention: created.retention,
    }
    add(bucket, key, version)
    return { status: 200, headers: { etag: version.etag, ...versionHeader(version), ...toldOnCreation(version) } }
  },

  GetObject(request, state) {
    const version = found(request, state)
    const { headers } = request
    const wanted = headers.get('if-match')
    if (wanted !== undefined && wanted !== version.etag) throw preconditionFailed()
    const range = rangeOf(headers.get('range'), version.bytes.length)
    if (range === undefined) return { status: 200, headers: describe(request, version), body: version.bytes }
    const body = version.bytes.subarray(range.from, range.to + 1)
    const told = {
      ...describe(request, version),
      'content-range': `bytes ${range.from}-${range.to}/${version.bytes.length}`,
    }
    return { status: 206, headers: without(told, 'x-amz-checksum-crc32'), body }
  },

  HeadObject(request, state) {
    const version = found(request, state)
    return { status: 200, headers: { ...describe(request, version), 'content-length': String(version.bytes.length) } }
  },

  DeleteObject(request, state) {
    remove(bucketOf(request, state), request.key, request.query.get('versionId') ?? undefined, state.now())
    return { status: 204 }
  },

  PutObjectRetention(request, state) {
    if (!bucketOf(request, state).hasLock) throw invalid('Bucket is missing Object Lock Configuration')
    const document = String(request.payload.bytes)
    const [mode, until] = [text(document, 'Mode'), text(document, 'RetainUntilDate')]
    if (mode === undefined || until === undefined)
      throw new Refusal(400, 'MalformedXML', 'Mode and RetainUntilDate are needed')
    const version = found(request, state)
    const later = new Date(until)
    if (version.retention !== undefined && version.retention.until > later)
      throw new Refusal(403, 'AccessDenied', 'Access Denied')
    version.retention = { mode, until: later }
    return { status: 200 }
  },

  GetObjectRetention(request, state) {
    const { retention } = found(request, state)
    if (retention === undefined)
      throw new Refusal(
        404,
        'NoSuchObjectLockConfiguration',
        'The specified object does not have a ObjectLock configuration',
      )
    return {
      status: 200,
      body: xml('Retention', { Mode: retention.mode, RetainUntilDate: retention.until.toISOString() }),
    }
  },
}

/** `If-None-Match: *`, which is all that S3 knows of it for writes. @throws Refusal 412 where there is one */
export function refuseUnlessNew(request: Request, state: State): void {
  const condition = request.headers.get('if-none-match')
  if (condition === undefined) return
  if (condition !== '*') throw new Refusal(501, 'NotImplemented', 'If-None-Match takes only *')
  if (current(bucketOf(request, state), request.key) !== undefined) throw preconditionFailed()
}

const preconditionFailed = () =>
  new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')

function found(request: Request, state: State): Version {
  const version = current(bucketOf(request, state), request.key)
  if (version === undefined) throw noSuchKey()
  return version
}

export const versionHeader = ({ id }: Version): Answer['headers'] => (id === 'null' ? {} : { 'x-amz-version-id': id })

export const toldOnCreation = ({ headers }: Version): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== 'content-type' && !name.startsWith('x-amz-meta-')),
  )

function describe({ headers: asked }: Request, version: Version): Readonly<Record<string, string>> {
  const told = {
    'accept-ranges': 'bytes',
    etag: version.etag,
    'last-modified': version.modified.toUTCString(),
    ...version.headers,
    ...versionHeader(version),
    ...retentionHeaders(version.retention),
  }
  return asked.get('x-amz-checksum-mode') === 'ENABLED' ? told : without(told, 'x-amz-checksum-crc32')
}

const without = (headers: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name))

/** Inclusive at both ends; undefined for the whole. @throws Refusal 416 where it begins behind the end */
function rangeOf(header: string | undefined, length: number): { from: number; to: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '') return undefined
  const from = Number(first)
  const to = last === '' ? length - 1 : Math.min(Number(last), length - 1)
  if (from >= length || from > to) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable')
  return { from, to }
}
