// The lab's S3: a radosgw beside the nodes, with the one bucket that the lab's cluster files name.
import { mkdirSync, rmSync } from 'node:fs'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { LabDescription } from './description.ts'
import { startRadosgw } from './radosgw.ts'
import { bucket, s3Port, servicesAddress } from './topology.ts'

/** radosgw takes any region; SDKs want one. */
const region = 'us-east-1'

/** Starts the server, empty, and makes the bucket. Ends with the supervisor. Takes about 13 s. */
export async function startS3(dir: string): Promise<NonNullable<LabDescription['s3']>> {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const { endpoint, accessKey, secretKey } = await startRadosgw({ dir, address: servicesAddress, port: s3Port })
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  return { endpoint, accessKey, secretKey, bucket, region }
}
