// The real clock keeps what the engine expects of a clock.
import { expect, test } from 'vitest'
import { systemClock } from '../../src/engine/system-clock.ts'

test('it sleeps at least as long as asked, on its own monotonic time', async () => {
  const before = systemClock.monotonic()
  await systemClock.sleep(20, new AbortController().signal)

  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19)
})

test('an aborted sleep ends at once', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(3_600_000, controller.signal)
  controller.abort()

  await expect(sleeping).rejects.toThrow(/abort/)
})
