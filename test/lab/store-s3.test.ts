// The S3 store on a real server (Ceph radosgw): the port's promises, and what only S3 can do.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { CreateBucketCommand, GetObjectRetentionCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, describe, expect, test } from 'vitest'
import { listBackups, removeBackup } from '../../src/store/backups.ts'
import { collected, gathered, measure, once } from '../../src/store/bytes.ts'
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { keepsThePromisesOfAStore, keys } from '../store/conformance.ts'
import { faultyProxy } from '../store/faulty-proxy.ts'
import { openStore, type StoreAddress } from '../store/open-store.ts'
import { backup, cluster, writeSample } from '../store/sample-backup.ts'
import { radosgwKmsKey, radosgwUnavailable, startRadosgw } from './radosgw.ts'

type S3Address = Extract<StoreAddress, { kind: 's3' }>

const unavailable = radosgwUnavailable()

describe.skipIf(unavailable)(`S3${unavailable ? ` (${unavailable})` : ''}`, async () => {
  if (unavailable) return
  const dir = await mkdtemp(join(tmpdir(), 'dcosctl-rgw-'))
  const server = await startRadosgw({ dir, address: '127.0.0.1', port: 18_087 })
  const { endpoint, accessKey, secretKey } = server
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  })
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
  afterAll(async () => {
    client.destroy()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  keepsThePromisesOfAStore('a bucket', fresh)

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
      message: expect.stringMatching(/secret is not the right one with access key LABKEY/),
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
    const store = await openStore(await fresh({ endpoint: 'http://127.0.0.1:9' }))

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
    const store = await openStore(await fresh({ prefix, serverSide: { kind: 'aws:kms', keyId: radosgwKmsKey } }))

    await store.put('key', once(Buffer.alloc(bytes)))

    const head = await client.send(new HeadObjectCommand({ Bucket: 'backups', Key: `${prefix}/key` }))
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: radosgwKmsKey, ContentLength: bytes })
  })

  test.for([1_000, 12_000_000])('%i bytes are locked for as long as asked for', async bytes => {
    const Bucket = `locked-${bytes}`
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
    const objectLock = { mode: 'GOVERNANCE', days: 7 } as const
    const store = await openStore(await fresh({ bucket: Bucket, prefix: '', objectLock }))
    const weaker = await store.check()

    await store.put('key', once(Buffer.alloc(bytes)))

    expect(weaker).toEqual([expect.stringContaining('two writers of the same object apart')]) // Ceph 16, with versions
    const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'key' }))
    const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - Date.now()) / 86_400_000
    expect(Retention?.Mode).toBe('GOVERNANCE')
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThan(7.1)
  })

  test.for(['reset', 'slow-down'] as const)(
    'a line that answers every part with %s ends the put, and nothing stays',
    async fault => {
      const proxy = await faultyProxy(server.endpoint, request =>
        request.includes('partNumber=2&') ? fault : undefined,
      )
      const address = await fresh({ endpoint: proxy.endpoint })
      const store = await openStore(address)
      const endless = async function* () {
        for (;;) yield Buffer.alloc(1_000_000)
      }

      // That it ends at all shows that it does not read on to the end of hours of backup.
      await expect(store.put('key', endless())).rejects.toMatchObject({
        trouble: fault === 'reset' ? 'unreachable' : 'busy',
      })

      expect(await keys(store, '')).toEqual([])
      expect(await gathered(store.unfinished(''))).toEqual([])
      await proxy.stop()
    },
  )

  test('a backup in a bucket is whole, and an object cut short there is named', async () => {
    const store = await openStore(await fresh())
    const { manifest } = await writeSample(store, { readBack: true })
    const level = { decode: async (_: unknown, plain: AsyncIterable<Uint8Array>) => void (await measure(plain)) }
    expect(await verifyBackup(store, 'prod', backup, { level })).toMatchObject({ findings: [], objects: 3 })
    expect((await listBackups(store, cluster)).whole).toEqual([manifest])

    await store.put(`prod/${backup}/mesos/registry.json.zst`, once(Buffer.from('short')))

    const { findings } = await verifyBackup(store, 'prod', backup, { level })
    expect(findings).toMatchObject([{ object: 'mesos/registry.json.zst', fault: 'truncated' }])
    await removeBackup(store, cluster, backup)
    expect(await keys(store, '')).toEqual([])
  })

  test('a line that drops once in mid-body is picked up where it was', async () => {
    let drops = 1
    const proxy = await faultyProxy(server.endpoint, request =>
      request.startsWith('GET') && drops-- > 0 ? 'cut-body' : undefined,
    )
    const store = await openStore(await fresh({ endpoint: proxy.endpoint }))
    const bytes = randomBytes(3_000_000)
    await store.put('key', once(bytes))

    const back = await collected(await store.get('key'), 4_000_000)

    expect(drops).toBeLessThan(0)
    expect(back.equals(bytes)).toBe(true)
    await proxy.stop()
  })
})
