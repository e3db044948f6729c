// The health checks as a whole: how long they may take.
import { afterEach, expect, test, vi } from 'vitest'
import { askHealth, checkWithin } from '../../src/cli/health.ts'
import { fakeWorld } from '../fake-world.ts'

afterEach(() => void vi.restoreAllMocks())

test('a check of a few nodes has a minute, one of ten thousand has eleven', () => {
  expect(checkWithin(3)).toBe(60_000)
  expect(checkWithin(10_000)).toBe(660_000)
})

test('the time of a check is that of the nodes it asks', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout')
  const { world } = fakeWorld({ agents: 200 })

  const asked = await askHealth(world, ['zookeeper-quorum', 'one-version'], () => 0)

  expect(asked.map(({ well }) => well)).toEqual([true, true])
  expect(timeout.mock.calls).toEqual([[60_000], [72_000]])
})
