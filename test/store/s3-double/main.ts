// The double as a program, for trying things by hand: prints where it listens and with which keys, as JSON, and serves until it is ended.
import { parseArgs } from 'node:util'
import { startS3Double } from './s3-double.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    address: { type: 'string', default: '127.0.0.1' },
    bucket: { type: 'string', default: 'backups' },
    versions: { type: 'boolean', default: false },
    lock: { type: 'boolean', default: false },
  },
})
const { bucket, versions, lock, port, address } = values
const { endpoint, accessKey, secretKey } = await startS3Double({
  ...{ port: Number(port), address },
  buckets: { [bucket]: { versions, lock } },
})
process.stdout.write(`${JSON.stringify({ endpoint, bucket, accessKey, secretKey })}\n`)
