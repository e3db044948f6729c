// What the S3 store promises beyond the port, held to on every server: the double and a real one run the same suite.
import { inspect } from 'node:util'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, describe, expect, test } from 'vitest'
import { listBackups } from '../../src/store/backups.ts'
import { gathered, measure, once } from '../../src/store/bytes.ts'
import { removeAll } from '../../src/store/prunable.ts'
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { keys } from './conformance.ts'
import { shortPatience } from './double-store.ts'
import { openStore, type StoreAddress } from './open-store.ts'
import { backup, cluster, writeSample } from './sample-backup.ts'

export type S3Address = Extract<StoreAddress, { kind: 's3' }>

export interface S3Server {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** Where servers differ; the table with the reasons is in s3-double/README.md. */
export interface Traits {
  /** A KMS key id that the server knows. */
  readonly kmsKey: string
  readonly conditionInVersionedBucket: 'honoured' | 'ignored'
}

/** Makes its buckets on the server. `fresh` gives the address of an empty store, a new one each time. */
export async function keepsThePromisesOfS3(
  name: string,
  { endpoint, accessKey, secretKey }: S3Server,
  { kmsKey, conditionInVersionedBucket }: Traits,
): Promise<{ readonly fresh: (more?: Partial<S3Address['options']>) => Promise<S3Address> }> {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  let count = 0
  await client.send(new CreateBucketCommand({ Bucket: 'backups' }))
  const usual = { bucket: 'backups', region: 'us-east-1', endpoint, pathStyle: true }
  const limits = { partBytes: 5 * 1024 * 1024, partsAtOnce: 2 }
  const fresh = async (more: Partial<S3Address['options']> = {}): Promise<S3Address> => ({
    kind: 's3',
    options: { ...usual, prefix: `test/${++count}`, limits, ...more },
    accessKey,
    secretKey,
  })
  afterAll(() => client.destroy())

  describe(`${name} keeps the promises of S3`, () => {
    test('a store at the root of a bucket works as well', async () => {
      await client.send(new CreateBucketCommand({ Bucket: 'whole' }))
      const store = await openStore(await fresh({ bucket: 'whole', prefix: '' }))

      await store.put('a/b', once(Buffer.from('x')))

      expect(await keys(store, '')).toEqual(['a/b'])
      expect(store.where).toBe(`s3://whole at ${endpoint}`)
    })

    test('neighbours under another prefix are neither seen nor touched', async () => {
      const one = await openStore(await fresh({ prefix: 'side/a' }))
      const other = await openStore(await fresh({ prefix: 'side/ab' }))
      await one.put('key', once(Buffer.from('1')))
      await other.put('key', once(Buffer.from('2')))

      await one.delete(await keys(one, ''))

      expect(await keys(one, '')).toEqual([])
      expect(await keys(other, '')).toEqual(['key'])
    })

    test('an unknown access key is refused in words that name it', async () => {
      const address = await fresh()
      const store = await openStore({ ...address, accessKey: 'NOBODY' })

      await expect(store.check()).rejects.toMatchObject({
        trouble: 'denied',
        message: expect.stringContaining('with access key NOBODY'),
      })
    })

    test('a wrong secret is refused, and is in no message', async () => {
      const address = await fresh()
      const store = await openStore({ ...address, secretKey: 'not-the-secret' })

      const error = await store.check().catch(error => error)

      expect(error).toMatchObject({
        trouble: 'denied',
        message: expect.stringMatching(/secret is not the right one with access key (LABKEY|DOUBLEKEY)/),
      })
      expect(inspect(error, { depth: 10 })).not.toContain('not-the-secret')
    })

    test('a bucket that is not there is named', async () => {
      const store = await openStore(await fresh({ bucket: 'nowhere' }))

      const asked = { trouble: 'no-such-place', message: expect.stringContaining('there is no bucket nowhere') }
      await expect(store.check()).rejects.toMatchObject(asked)
      await expect(keys(store, '')).rejects.toMatchObject(asked)
      await expect(store.put('key', once(Buffer.from('x')))).rejects.toMatchObject(asked)
    })

    test('an endpoint where nobody listens is named', async () => {
      const store = await openStore(await fresh({ endpoint: 'http://127.0.0.1:9', patience: shortPatience }))

      await expect(store.check()).rejects.toMatchObject({
        trouble: 'unreachable',
        message: expect.stringContaining('http://127.0.0.1:9 does not answer'),
      })
    })

    test('a storage class that S3 does not know is refused before anything is sent', async () => {
      const store = await openStore(await fresh({ storageClass: 'COLD' }))

      await expect(store.put('key', once(Buffer.from('x')))).rejects.toMatchObject({ trouble: 'unsupported' })
    })

    test.for([1_000, 12_000_000])('%i bytes are kept under KMS when asked for', async bytes => {
      const prefix = `kms/${bytes}`
      const store = await openStore(await fresh({ prefix, serverSide: { kind: 'aws:kms', keyId: kmsKey } }))

      await store.put('key', once(Buffer.alloc(bytes)))

      const head = await client.send(new HeadObjectCommand({ Bucket: 'backups', Key: `${prefix}/key` }))
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey, ContentLength: bytes })
    })

    test.for([1_000, 12_000_000])('%i bytes are locked for as long as asked for', async bytes => {
      const Bucket = `locked-${bytes}`
      await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
      const objectLock = { mode: 'GOVERNANCE', days: 7 } as const
      const store = await openStore(await fresh({ bucket: Bucket, prefix: '', objectLock }))
      const weaker = await store.check()

      await store.put('key', once(Buffer.alloc(bytes)))

      const apart = expect.stringContaining('does not keep two writers of the same object apart')
      expect(weaker).toEqual(conditionInVersionedBucket === 'ignored' ? [apart] : [])
      const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'key' }))
      const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - Date.now()) / 86_400_000
      expect(Retention?.Mode).toBe('GOVERNANCE')
      expect(days).toBeGreaterThan(6.9)
      expect(days).toBeLessThan(7.1)
    })

    test('what is locked says until when, and what is removed from its bucket is said to stay', async () => {
      const Bucket = 'locked-told'
      await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
      const objectLock = { mode: 'GOVERNANCE', days: 3 } as const
      const locked = await openStore(await fresh({ bucket: Bucket, prefix: '', objectLock }))
      const plain = await openStore(await fresh())
      for (const store of [locked, plain]) await store.put('key', once(Buffer.from('x')))

      const until = await locked.keptUntil('key')

      expect(until).toBeInstanceOf(Date)
      expect(Math.abs(Number(until) - Date.now() - 3 * 86_400_000)).toBeLessThan(120_000)
      expect(await locked.keptUntil('missing')).toBeUndefined()
      expect(await plain.keptUntil('key')).toBeUndefined()
      expect(await locked.staysAfterRemoval()).toMatch(/^bucket locked-told keeps versions/)
      expect(await plain.staysAfterRemoval()).toBeUndefined()
    })

    test('an upload that nobody goes on with is as old as its newest part', async () => {
      const { options } = await fresh()
      const store = await openStore(await fresh({ prefix: options.prefix }))
      const to = { Bucket: options.bucket, Key: `${options.prefix}/left` }
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(to))
      const begun = Date.now()
      await expect.poll(() => Date.now() - begun, { timeout: 5000 }).toBeGreaterThan(2200) // servers may tell whole seconds
      await client.send(new UploadPartCommand({ ...to, UploadId, PartNumber: 1, Body: 'x' }))

      const [left] = await gathered(store.unfinished(''))

      expect(left?.key).toBe('left')
      expect(Number(left?.since)).toBeGreaterThan(begun + 1000)
      await left?.discard()
    })

    test('a backup in a bucket is whole, and an object cut short there is named', async () => {
      const store = await openStore(await fresh())
      const { manifest } = await writeSample(store, { readBack: true })
      const level = { decode: async (_: unknown, plain: AsyncIterable<Uint8Array>) => void (await measure(plain)) }
      expect(await verifyBackup(store, 'prod', backup, { level })).toMatchObject({ findings: [], objects: 3 })
      expect((await listBackups(store, cluster)).whole).toEqual([manifest])

      await store.put(`prod/${backup}/mesos/registry.json.zst`, once(Buffer.from('short')))

      const { findings } = await verifyBackup(store, 'prod', backup, { level })
      expect(findings).toMatchObject([{ object: 'mesos/registry.json.zst', fault: 'truncated' }])
      await removeAll(store, cluster, backup)
      expect(await keys(store, '')).toEqual([])
    })
  })
  return { fresh }
}
