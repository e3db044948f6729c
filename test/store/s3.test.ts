// The S3 store on the double: the port's promises, and those that only S3 can keep.
import { afterAll } from 'vitest'
import { keepsThePromisesOfAStore } from './conformance.ts'
import { keepsThePromisesOfS3 } from './s3-conformance.ts'
import { startS3Double } from './s3-double/s3-double.ts'

const double = await startS3Double({ buckets: {}, pageSize: 100 })
afterAll(() => double.stop())

const { fresh } = await keepsThePromisesOfS3('the S3 double', double, {
  kmsKey: 'k1',
  conditionInVersionedBucket: 'honoured',
})
keepsThePromisesOfAStore('the S3 double', fresh, { many: 250 })
