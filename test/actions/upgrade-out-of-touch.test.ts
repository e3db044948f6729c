// An upgrade whose node falls silent: nobody knows what became of its script, so no second one may begin beside it.
import { describe, expect, test } from 'vitest'
import { upgradeNode } from '../../src/actions/upgrade-node.ts'
import { InDoubt } from '../../src/engine/errors.ts'
import type { StepContext } from '../../src/engine/ports.ts'
import { fakeWorld } from '../fake-world.ts'

const action = {
  do: 'upgrade-node',
  node: 'a1',
  role: 'agent',
  script: { url: 'http://127.0.0.1/script', sha256: '0'.repeat(64), from: '2.1.1', to: '2.2.1' },
} as const

const context = (attempt: number): StepContext => ({
  ...{ run: 'r1', part: 'agents/a1/upgrade', attempt, token: 7 },
  signal: new AbortController().signal,
  say: () => {},
})

describe('a node that falls silent', () => {
  test('whether its script was begun is in doubt, not a failed try', async () => {
    const { world, node } = fakeWorld()
    world.learn([{ name: 'a1', address: '127.0.0.21' }])
    const { steps } = node('a1')
    steps.becomes = { exit: 0, output: '', ends: 'for-ever' }
    steps.lose.push('start')

    await expect(upgradeNode.perform(action, world, context(1))).rejects.toThrow(InDoubt)

    expect(await upgradeNode.look(action, world, context(1))).toBe('under-way')
  })

  test('while the script of an earlier try runs, another one is neither called for nor begun', async () => {
    const { world, node } = fakeWorld()
    world.learn([{ name: 'a1', address: '127.0.0.21' }])
    const { steps } = node('a1')
    steps.becomes = { exit: 0, output: '', ends: 'for-ever' }
    steps.lose.push('start')
    await expect(upgradeNode.perform(action, world, context(1))).rejects.toThrow(InDoubt)

    expect(await upgradeNode.look(action, world, context(2))).toMatchObject({
      unclear: expect.stringContaining('earlier'),
    })
    await expect(upgradeNode.perform(action, world, context(2))).rejects.toThrow(/earlier try/)

    expect(steps.begun.size).toBe(1)
  })
})
