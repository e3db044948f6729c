// The double itself: it must refuse what S3 refuses, or tests on it would prove nothing. Written against HTTP, and with the real SDK.
import { createHash, createHmac } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type S3Double, type S3DoubleOptions, startS3Double } from './s3-double.ts'

async function started(options?: S3DoubleOptions): Promise<S3Double> {
  const double = await startS3Double(options)
  onTestFinished(() => double.stop())
  return double
}

function clientOf({ endpoint, accessKey, secretKey }: S3Double, secret = secretKey): S3Client {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secret }
  const client = new S3Client({ endpoint, credentials, region: 'eu-west-1', forcePathStyle: true, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return client
}

const Bucket = 'backups'
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const hex = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const scopeOf = (at: string) => `${at.slice(0, 8)}/us-east-1/s3/aws4_request`

interface Put {
  readonly key?: string
  readonly body: Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly secret?: string
  readonly at?: Date
  readonly unsigned?: Readonly<Record<string, string>>
}

const signingKey = (secret: string, at: string) =>
  [at.slice(0, 8), 'us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
    (key, text) => hmac(key, text),
    Buffer.from(`AWS4${secret}`),
  )

const stamp = (at: Date) => at.toISOString().replaceAll(/[-:]|\.\d+/g, '')

/** A PUT that is signed here, step by step as the S3 API Reference says, not by code that the double shares. */
async function put(double: S3Double, options: Put | ((seed: { signature: string; key: Buffer; at: string }) => Put)) {
  const first = typeof options === 'function' ? options({ signature: '', key: Buffer.alloc(0), at: '' }) : options
  const { key = 'key', secret = double.secretKey, headers = {}, unsigned = {} } = first
  const at = stamp(first.at ?? new Date())
  const { host } = new URL(double.endpoint)
  const signed: Record<string, string> = { host, 'x-amz-content-sha256': hex(first.body), 'x-amz-date': at, ...headers }
  const names = Object.keys(signed).sort()
  const canonical = ['PUT', `/backups/${key}`, '', ...names.map(name => `${name}:${signed[name]}`), '', names.join(';')]
  const toSign = ['AWS4-HMAC-SHA256', at, scopeOf(at), hex([...canonical, signed['x-amz-content-sha256']].join('\n'))]
  const signature = hmac(signingKey(secret, at), toSign.join('\n')).toString('hex')
  const { body } = typeof options === 'function' ? options({ signature, key: signingKey(secret, at), at }) : options
  const credential = `${double.accessKey}/${scopeOf(at)}`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const answer = await fetch(`${double.endpoint}/backups/${key}`, {
    method: 'PUT',
    headers: { ...signed, ...unsigned, authorization },
    body: new Uint8Array(body),
  })
  return { status: answer.status, code: /<Code>(\w+)</.exec(await answer.text())?.[1] }
}

const bytesAt = (double: S3Double, key = 'key') => String(double.buckets.get(Bucket)?.objects.get(key)?.at(-1)?.bytes)

describe('signatures', () => {
  test('the example of the S3 API Reference is signed as it says there', async () => {
    // "Examples: Signature Calculations", GET Object: its signing key and string to sign.
    const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '20130524T000000Z')
    const toSign = `AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972`

    expect(hmac(key, toSign).toString('hex')).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
  })

  test('a request that is signed right is carried out', async () => {
    const double = await started()

    expect(await put(double, { body: Buffer.from('x') })).toEqual({ status: 200, code: undefined })

    expect(bytesAt(double)).toBe('x')
  })

  test.for([
    ['with a wrong secret', { secret: 'wrong' }, 403, 'SignatureDoesNotMatch'],
    ['16 minutes old', { at: new Date(Date.now() - 16 * 60_000) }, 403, 'RequestTimeTooSkewed'],
    ['with a header that is not signed', { unsigned: { 'x-amz-storage-class': 'GLACIER' } }, 403, 'AccessDenied'],
    [
      'whose digest is of other bytes',
      { headers: { 'x-amz-content-sha256': hex('other') } },
      400,
      'XAmzContentSHA256Mismatch',
    ],
    ['with a wrong CRC32', { headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }, 400, 'BadDigest'],
    ['with a wrong MD5', { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }, 400, 'BadDigest'],
    [
      'with a lock on a bucket without',
      {
        headers: {
          'x-amz-object-lock-mode': 'GOVERNANCE',
          'x-amz-object-lock-retain-until-date': '2100-01-01T00:00:00Z',
        },
      },
      400,
      'InvalidRequest',
    ],
  ] as const)('one %s is refused, and nothing is done', async ([, options, status, code]) => {
    const double = await started()

    expect(await put(double, { body: Buffer.from('x'), ...options })).toEqual({ status, code })

    expect(double.buckets.get(Bucket)?.objects.size).toBe(0)
  })

  test('one without a signature is refused', async () => {
    const double = await started()

    expect((await fetch(`${double.endpoint}/backups/key`)).status).toBe(403)
  })

  test.for([
    ['as it was signed', (chunk: string) => chunk, { status: 200, code: undefined }],
    [
      'with another byte',
      (chunk: string) => chunk.replace('aaaa', 'abaa'),
      { status: 403, code: 'SignatureDoesNotMatch' },
    ],
    ['cut short', (chunk: string) => chunk.slice(0, -9), { status: 400, code: 'IncompleteBody' }],
  ] as const)('a payload in signed chunks, %s, is judged by them', async ([, spoil, answer]) => {
    const double = await started()

    const seen = await put(double, ({ signature, key, at }) => {
      let last = signature
      const chunk = (text: string) => {
        const toSign = ['AWS4-HMAC-SHA256-PAYLOAD', at, scopeOf(at || stamp(new Date())), last, hex(''), hex(text)]
        last = hmac(key, toSign.join('\n')).toString('hex')
        return `${text.length.toString(16)};chunk-signature=${last}\r\n${text}${text === '' ? '' : '\r\n'}`
      }
      const body = Buffer.from(spoil(`${chunk('aaaa')}${chunk('cc')}${chunk('')}\r\n`))
      const headers = {
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '6',
      }
      return { body, headers }
    })

    expect(seen).toEqual(answer)
    if (answer.status === 200) expect(bytesAt(double)).toBe('aaaacc')
  })
})

describe('with the real SDK and its own checksums', () => {
  test('what is put comes back, and a flipped byte is found by its CRC32', async () => {
    const double = await started()
    const client = clientOf(double)
    await client.send(new PutObjectCommand({ Bucket, Key: 'a b+c/ü', Body: 'some bytes' }))
    double.inject({ fault: { name: 'flipped-byte' }, on: 'GetObject', from: 2 })

    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a b+c/ü' }))
    const again = await client.send(new GetObjectCommand({ Bucket, Key: 'a b+c/ü' }))

    expect(await Body?.transformToString()).toBe('some bytes')
    await expect(again.Body?.transformToString()).rejects.toThrow(/checksum/i)
  })

  test('the bytes of each request are those that were sent, though they come with a checksum behind them', async () => {
    const double = await started()
    const { Readable } = await import('node:stream')
    const Body = Readable.from([Buffer.from('streamed')])

    await clientOf(double).send(
      new PutObjectCommand({ Bucket, Key: 'key', Body, ContentLength: 8, ChecksumAlgorithm: 'CRC32' }),
    )

    expect(bytesAt(double)).toBe('streamed')
  })

  test('a secret that is not the right one is refused', async () => {
    const double = await started()

    await expect(clientOf(double, 'wrong').send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })

  test('listings come in pages, and a page may lack a key', async () => {
    const double = await started({ pageSize: 2 })
    const client = clientOf(double)
    for (const Key of ['a', 'b', 'c']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
    const page = await client.send(new ListObjectsV2Command({ Bucket }))
    double.inject({ fault: { name: 'omitted-key' }, on: 'ListObjectsV2' })

    const lacking = await client.send(new ListObjectsV2Command({ Bucket }))

    expect(page).toMatchObject({ IsTruncated: true, Contents: [{ Key: 'a' }, { Key: 'b' }] })
    expect(lacking).toMatchObject({ IsTruncated: true, Contents: [{ Key: 'a' }] })
  })

  test('an upload is refused with a part too small, missing, out of order or of another tag', async () => {
    const client = clientOf(await started())
    const to = { Bucket, Key: 'key' }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(to))
    const part = async (PartNumber: number) => {
      const { ETag } = await client.send(new UploadPartCommand({ ...to, UploadId, PartNumber, Body: `${PartNumber}` }))
      return { PartNumber, ETag }
    }
    const [one, two] = [await part(1), await part(2)]
    const complete = (Parts: object[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload: { Parts } }))

    await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' })
    await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' })
    await expect(complete([{ ...two, PartNumber: 3 }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(complete([{ ...two, ETag: one.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' })
    expect((await complete([one])).ETag).toMatch(/-1"$/)
  })

  test('a version under Object Lock is not removed; a plain removal hides it', async () => {
    const double = await started({ buckets: { [Bucket]: { lock: true } } })
    const client = clientOf(double)
    const ObjectLockRetainUntilDate = new Date(Date.now() + 60_000)
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate } as const
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x', ...lock }))
    const remove = (one: object) =>
      client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'key', ...one }] } }))

    const refused = await remove({ VersionId })
    const hidden = await remove({})

    expect(refused.Errors).toMatchObject([{ Code: 'AccessDenied' }])
    expect(hidden.Errors ?? []).toEqual([])
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'key' }))).rejects.toMatchObject({ name: 'NoSuchKey' })
    expect(double.buckets.get(Bucket)?.objects.get('key')).toHaveLength(2)
  })
})

test('a fault meets just the requests that it is injected for', async () => {
  const double = await started()
  const client = clientOf(double)
  const take = (Key: string) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })).then(
      () => 'done',
      error => error.name,
    )
  double.inject({ fault: { name: 'internal-error' }, on: 'PutObject', key: 'a', from: 2, times: 1 })

  expect([await take('a'), await take('b'), await take('a'), await take('a')]).toEqual([
    'done',
    'done',
    'InternalError',
    'done',
  ])
})
