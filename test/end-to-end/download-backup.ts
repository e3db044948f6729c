// Runs on the operator's workstation: downloads every object below a prefix of a bucket, with the AWS SDK alone.
// Usage: download-backup.ts ENDPOINT BUCKET PREFIX FOLDER
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'

const [endpoint, bucket, prefix, folder] = process.argv.slice(2)
if (!endpoint || !bucket || !prefix || !folder)
  throw new Error('usage: download-backup.ts ENDPOINT BUCKET PREFIX FOLDER')

const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
  for (const { Key = '' } of page.Contents ?? []) {
    const file = join(folder, Key.slice(prefix.length))
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
    if (!(Body instanceof Readable)) throw new Error(`${Key} has no body`)
    await mkdir(dirname(file), { recursive: true })
    await pipeline(Body, createWriteStream(file))
  }
}
