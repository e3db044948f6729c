// A store in a bucket of an S3 double of its own, with patience cut to what a double needs.
import { onTestFinished } from 'vitest'
import type { S3Patience } from '../../src/store/s3-retry.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore, type StoreAddress } from './open-store.ts'
import { type S3Double, type S3DoubleOptions, startS3Double } from './s3-double/s3-double.ts'

export const shortPatience: S3Patience = {
  ...{ connectWithin: 5000, idleWithin: 5000, answerWithin: 20_000 },
  ...{ attempts: 4, firstPause: 8, firstPauseWhenBusy: 16, longestPause: 100, longestRetryAfter: 1500 },
}

/** For tests in which a server falls silent on purpose. */
export const impatient: S3Patience = { ...shortPatience, idleWithin: 400 }

export function addressOf(
  double: S3Double,
  patience: S3Patience = shortPatience,
): Extract<StoreAddress, { kind: 's3' }> {
  const { endpoint, accessKey, secretKey } = double
  const limits = { partBytes: 5 * 1024 * 1024, partsAtOnce: 2 }
  const options = { bucket: 'backups', prefix: '', region: 'us-east-1', endpoint, pathStyle: true, limits, patience }
  return { kind: 's3', options, accessKey, secretKey }
}

/** Ends with the test. */
export async function doubleStore(
  options?: S3DoubleOptions,
  patience: S3Patience = shortPatience,
): Promise<{ readonly double: S3Double; readonly store: Store; readonly open: () => Promise<Store> }> {
  const double = await startS3Double(options)
  onTestFinished(() => double.stop())
  const open = () => openStore(addressOf(double, patience))
  return { double, store: await open(), open }
}
