// A store in an S3 bucket: Amazon's, or any server that speaks it and refuses to overwrite when asked (`If-None-Match`).
import { randomBytes } from 'node:crypto'
import { collected, measured } from './bytes.ts'
import { facts, type S3Place, s3Error } from './s3-errors.ts'
import { createExclusively, keepsWritersApart } from './s3-exclusive.ts'
import { clientFor, creation, type S3Options, usualLimits, whereOf } from './s3-options.ts'
import { s3Body } from './s3-read.ts'
import { abort, lastWritten, upload } from './s3-upload.ts'
import { checkKey, type Store, StoreError } from './store.ts'

/**
 * Opens a store in a bucket; touches nothing yet. The SDK is loaded here, so that other commands don't pay for it.
 * @param now for the end of Object Lock's retention
 */
export async function s3Store(options: S3Options, now: () => Date): Promise<Store> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = clientFor(sdk, options)
  const where = whereOf(options)
  const Bucket = options.bucket
  const folder = options.prefix === '' ? '' : `${options.prefix}/`
  if (folder !== '') checkKey(where, options.prefix)
  const at = (key: string) => {
    checkKey(where, folder + key)
    return { Bucket, Key: folder + key }
  }
  const place = async (): Promise<S3Place> => {
    const accessKeyId = await client.config.credentials().then(
      ({ accessKeyId }) => accessKeyId,
      () => undefined, // then the error that is being explained says so
    )
    return { where, bucket: Bucket, endpoint: options.endpoint, accessKeyId }
  }
  const told = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw s3Error(await place(), what, error)
    }
  }
  const pages = async function* <P>(what: string, from: AsyncIterable<P>): AsyncGenerator<P> {
    const iterator = from[Symbol.asyncIterator]()
    for (;;) {
      const { done, value } = await told(what, () => iterator.next())
      if (done) return
      yield value
    }
  }

  const holds = async (key: string, bytes: Uint8Array) => {
    const atMost = bytes.byteLength + 1
    const there = await collected(await store.get(key, { from: 0, to: atMost }), atMost)
    return there.equals(bytes)
  }

  const store: Store = {
    where,
    async put(key, body) {
      const to = at(key)
      let failure: { readonly ofBody: unknown } | undefined
      const { stream, soFar } = measured(
        (async function* () {
          try {
            yield* body
          } catch (ofBody) {
            failure = { ofBody }
            throw ofBody
          }
        })(),
      )
      const made = creation(sdk, options, now())
      try {
        await upload({ sdk, client, to, creation: made, limits: options.limits ?? usualLimits }, stream)
        const { ContentLength, ObjectLockMode } = await client.send(new sdk.HeadObjectCommand(to))
        if (ContentLength !== soFar().bytes) {
          const saw = `the server holds ${ContentLength} bytes of the ${soFar().bytes} sent`
          throw new StoreError('damaged', where, `can't write ${key}: ${saw}`)
        }
        const { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate } = made
        // Ceph 16 forgets the lock of an upload in parts.
        if (Mode !== undefined && RetainUntilDate !== undefined && ObjectLockMode === undefined) {
          await client.send(new sdk.PutObjectRetentionCommand({ ...to, Retention: { Mode, RetainUntilDate } }))
        }
        return soFar()
      } catch (error) {
        if (failure !== undefined) throw failure.ofBody
        throw s3Error(await place(), `can't write ${key}`, error)
      }
    },
    async get(key, range) {
      const from = at(key)
      const open = (headers: { readonly Range?: string; readonly IfMatch?: string }) =>
        client.send(new sdk.GetObjectCommand({ ...from, ...headers }))
      return await s3Body(range, open, work => told(`can't read ${key}`, work))
    },
    async *list(prefix) {
      const found = sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: folder + prefix })
      for await (const { Contents } of pages("can't list", found)) {
        for (const { Key, Size, LastModified } of Contents ?? []) {
          if (Key === undefined || Size === undefined || LastModified === undefined) continue
          if (!Key.endsWith('/')) yield { key: Key.slice(folder.length), bytes: Size, modified: LastModified }
        }
      }
    },
    async delete(keys) {
      for (let from = 0; from < keys.length; from += 1000) {
        const Objects = keys.slice(from, from + 1000).map(key => ({ Key: at(key).Key }))
        await told("can't remove", async () => {
          const { Errors } = await client.send(
            new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
          )
          const [first] = Errors ?? []
          if (first === undefined) return
          const trouble = first.Code === 'AccessDenied' ? 'denied' : 'other'
          const saw = `${Errors?.length} of ${Objects.length} are still there, ${first.Key} first: ${first.Code}`
          throw new StoreError(trouble, where, `can't remove: ${saw} ${first.Message ?? ''}`)
        })
      }
    },
    async createExclusive(key, bytes) {
      const to = at(key)
      const made = creation(sdk, options, now())
      const isThere = async () => {
        for await (const listed of store.list(key)) return listed.key === key
        return false
      }
      const isOurs = () => holds(key, bytes)
      const object = { to, creation: made, bytes, isThere, isOurs }
      return await told(`can't create ${key}`, () => createExclusively(sdk, client, object))
    },
    async keptUntil(key) {
      const of = at(key)
      try {
        const head = await client.send(new sdk.HeadObjectCommand(of))
        if (head.ObjectLockLegalHoldStatus === 'ON') return 'held'
        const until = head.ObjectLockRetainUntilDate
        return until !== undefined && until > now() ? until : undefined
      } catch (error) {
        if (facts(error).status === 404) return undefined
        throw s3Error(await place(), `can't look at ${key}`, error)
      }
    },
    async staysAfterRemoval() {
      try {
        const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket }))
        if (Status === undefined) return undefined
        return `bucket ${Bucket} keeps versions: what is removed is hidden, and takes room and money until a lifecycle rule of the bucket expires versions that are not current`
      } catch (error) {
        const { status } = facts(error)
        if (status !== 403 && status !== 501)
          throw s3Error(await place(), "can't ask whether the bucket keeps versions", error)
        return `bucket ${Bucket} does not tell us whether it keeps versions; if it does, what is removed takes room until a lifecycle rule expires them`
      }
    },
    async *unfinished(prefix) {
      const markers: { KeyMarker?: string; UploadIdMarker?: string } = {}
      for (;;) {
        const command = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: folder + prefix, ...markers })
        const page = await told("can't list unfinished uploads", () => client.send(command))
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
          const key = Key.slice(folder.length)
          const discard = async () => {
            const gone = await abort(sdk, client, { Bucket, Key }, UploadId)
            if (!gone) throw new StoreError('other', where, `the unfinished upload of ${key} can't be removed`)
          }
          const since = await told("can't look at an unfinished upload", () =>
            lastWritten(sdk, client, { Bucket, Key }, UploadId, Initiated),
          )
          if (since !== undefined) yield { key, since, discard }
        }
        if (!page.IsTruncated || page.NextKeyMarker === undefined) return
        markers.KeyMarker = page.NextKeyMarker
        if (page.NextUploadIdMarker !== undefined) markers.UploadIdMarker = page.NextUploadIdMarker
      }
    },
    async check() {
      const key = `dcosctl-check-${randomBytes(6).toString('hex')}`
      const probe = { Bucket, Key: folder + key, Body: randomBytes(32) }
      await told("can't write", () => client.send(new sdk.PutObjectCommand(probe)))
      try {
        if (!(await holds(key, probe.Body))) {
          throw new StoreError('damaged', where, 'an object does not read back as written')
        }
        const apart = await told("can't write", () => keepsWritersApart(sdk, client, probe))
        return apart ? [] : [`${where} does not keep two writers of the same object apart`]
      } finally {
        await store.delete([key])
      }
    },
  }
  return store
}
