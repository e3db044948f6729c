// kill -9 before and after every request to a bucket and every call of the file system, while a backup is taken and while one is removed.
import { describe, expect, test } from 'vitest'
import { bucket, directory } from './killed.ts'

describe.each([
  ['a bucket', bucket],
  ['a directory', directory],
] as const)('in %s', (medium, { moments: momentsOf, killAt }) => {
  test.each(['take', 'remove'] as const)('every moment at which it is to %s a backup', async what => {
    const moments = await momentsOf(what)
    const harmed: string[] = []

    for (const moment of moments)
      await killAt(what, moment).catch((error: unknown) => harmed.push(`${moment.at} ${moment.n}: ${error}`))

    process.stdout.write(`${medium}, ${what}: killed at ${moments.length} moments\n`)
    expect(harmed).toEqual([])
  })
})
