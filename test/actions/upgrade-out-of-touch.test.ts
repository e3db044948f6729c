// An upgrade whose node falls silent, or still works for a run that was abandoned: no second script may begin beside the first.
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
      unclear: expect.stringContaining('agents/a1/upgrade of run r1 is at work on a1'),
    })
    const second = upgradeNode.perform(action, world, context(2))
    await expect(second).rejects.toThrow(InDoubt)
    await expect(second).rejects.toThrow(/must not run beside it/)

    expect(steps.begun.size).toBe(1)
  })
})

describe('a node where the script of a run that was abandoned is still at work', () => {
  const next = { ...context(1), run: 'r2', token: 8 }

  function abandoned() {
    const { world, node } = fakeWorld()
    world.learn([{ name: 'a1', address: '127.0.0.21' }])
    const a1 = node('a1')
    a1.steps.becomes = { exit: 0, output: '', ends: 'for-ever' }
    a1.steps.lose.push('start')
    const begun = upgradeNode.perform(action, world, context(1))
    const end = () => {
      for (const step of a1.steps.begun.values()) step.state = 'ended'
    }
    return { world, a1, begun, end }
  }

  test('the next run begins none beside it, and says what to wait for', async () => {
    const { world, a1, begun } = abandoned()
    await expect(begun).rejects.toThrow(InDoubt)
    const said =
      'agents/a1/upgrade of run r1 is at work on a1 since 2027-01-15T08:00:00Z: a second script must not run beside it, and none was ' +
      'started. Wait until dcosctl-r1-agents_2fa1_2fupgrade.service has ended on a1; then `dcosctl run resume` looks again'

    expect(await upgradeNode.look(action, world, next)).toEqual({ unclear: said })
    const performed = upgradeNode.perform(action, world, next)
    await expect(performed).rejects.toThrow(InDoubt)
    await expect(performed).rejects.toThrow(said)
    expect(a1.steps.begun.size).toBe(1)
  })

  test('the next run does not take the new version for the end of it', async () => {
    const { world, a1, begun } = abandoned()
    await expect(begun).rejects.toThrow(InDoubt)
    a1.version = '2.2.1'

    expect(await upgradeNode.look(action, world, next)).toHaveProperty('unclear')
  })

  test('once it has ended, what the node runs decides', async () => {
    const { world, a1, begun, end } = abandoned()
    await expect(begun).rejects.toThrow(InDoubt)
    end()

    expect(await upgradeNode.look(action, world, next)).toBe('absent')
    a1.version = '2.2.1'
    expect(await upgradeNode.look(action, world, next)).toBe('in-place')
  })
})
