// kill -9 in the middle of a backup and of its removal: a sample of the moments; killed.soak.test.ts has them all.
import { describe, expect, test } from 'vitest'
import { bucket, directory } from './killed.ts'

/** Spread over the whole work. */
const few = 3

describe.each([
  ['a bucket', bucket],
  ['a directory', directory],
] as const)('in %s', (_, medium) => {
  test.each(['take', 'remove'] as const)(
    'killed while it is to %s a backup, nothing that was there is harmed, nothing half is visible, and the next run goes on',
    { timeout: 120_000 },
    async what => {
      const moments = await medium.moments(what)
      expect(moments.length).toBeGreaterThan(10)

      for (let index = 0; index < few; index++) {
        const moment = moments[Math.floor(((index + 0.5) * moments.length) / few)]
        if (moment !== undefined) await medium.killAt(what, moment)
      }
    },
  )
})
