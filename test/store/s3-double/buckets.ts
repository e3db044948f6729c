// What the double keeps: buckets, versions of objects, uploads that are not finished. In memory; every change is one synchronous step.
import { createHash, randomBytes } from 'node:crypto'
import { Refusal } from './refusal.ts'

export interface Retention {
  readonly mode: string
  readonly until: Date
}

export interface Version {
  readonly id: string
  readonly bytes: Buffer
  readonly etag: string
  readonly modified: Date
  /** A delete marker: the object looks gone, its older versions stay. */
  readonly isMarker: boolean
  /** Response headers that the object was created with: storage class, encryption, checksum. */
  readonly headers: Readonly<Record<string, string>>
  retention: Retention | undefined
}

interface Part {
  readonly bytes: Buffer
  readonly etag: string
  readonly crc32: string | undefined
  readonly modified: Date
}

export interface MultipartUpload {
  readonly id: string
  readonly key: string
  readonly initiated: Date
  readonly headers: Readonly<Record<string, string>>
  readonly retention: Retention | undefined
  readonly wantsCrc32: boolean
  readonly parts: Map<number, Part>
}

export interface Bucket {
  hasVersions: boolean
  readonly hasLock: boolean
  /** Newest last. */
  readonly objects: Map<string, Version[]>
  readonly uploads: Map<string, MultipartUpload>
}

export const newBucket = ({ hasVersions = false, hasLock = false } = {}): Bucket => ({
  hasVersions: hasVersions || hasLock,
  hasLock,
  objects: new Map(),
  uploads: new Map(),
})

export const newId = (): string => randomBytes(12).toString('hex')

/** The version that a plain GET sees. */
export function current(bucket: Bucket, key: string): Version | undefined {
  const newest = bucket.objects.get(key)?.at(-1)
  return newest === undefined || newest.isMarker ? undefined : newest
}

export function add(bucket: Bucket, key: string, version: Version): void {
  const older = bucket.hasVersions ? (bucket.objects.get(key) ?? []) : []
  bucket.objects.set(key, [...older, version])
}

/**
 * Without a version: a marker where the bucket has versions, else the object is gone. With one: that one, for good.
 * @throws Refusal for a version under Object Lock
 */
export function remove(bucket: Bucket, key: string, versionId: string | undefined, now: Date): void {
  const versions = bucket.objects.get(key)
  if (versionId === undefined) {
    if (!bucket.hasVersions) bucket.objects.delete(key)
    else add(bucket, key, { ...marker, id: newId(), modified: now })
    return
  }
  const version = versions?.find(({ id }) => id === versionId)
  if (versions === undefined || version === undefined) return
  if (version.retention !== undefined && version.retention.until > now)
    throw new Refusal(403, 'AccessDenied', 'Access Denied because object protected by object lock.')
  const left = versions.filter(({ id }) => id !== versionId)
  if (left.length === 0) bucket.objects.delete(key)
  else bucket.objects.set(key, left)
}

const marker = { bytes: Buffer.alloc(0), etag: '', isMarker: true, headers: {}, retention: undefined }

export const etagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`

/** Of an object that came in parts: the digest of the digests, and how many (as S3 computes it). */
export function etagOfParts(etags: readonly string[]): string {
  const all = Buffer.concat(etags.map(etag => Buffer.from(etag.replaceAll('"', ''), 'hex')))
  return `"${createHash('md5').update(all).digest('hex')}-${etags.length}"`
}

/** In the order in which S3 lists: by the bytes of the UTF-8 form. */
export function sortedKeys(keys: Iterable<string>): readonly string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
