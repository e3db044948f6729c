// A backup beside a changing run: refused, skipped, or waiting for its end, on a simulated clock.
import { expect, test } from 'vitest'
import { type Waiting, whenNotBusy } from '../../../src/cli/backup-plan.ts'
import { Busy, Claimed } from '../../../src/zookeeper/claim/errors.ts'
import type { ClaimNode } from '../../../src/zookeeper/claim/format.ts'

const claim: ClaimNode = {
  format: 1,
  run: '2026-11-27T014500Z-046a',
  runbook: 'upgrade',
  cluster: '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0',
  who: { user: 'ops', host: 'desk', pid: 1 },
  since: '2026-11-27T01:45:00.000Z',
  state: 'running',
  token: 1,
}
const busy = () => new Busy(claim)
const undriven = () => new Claimed(claim, undefined)

/** `at`: seconds that have passed. */
function simulatedTime(): Waiting & { readonly at: () => number } {
  let now = 0
  return {
    now: () => now,
    pause: async milliseconds => {
      now += milliseconds
    },
    at: () => now / 1000,
  }
}

/** What a question answers, one after the other; the last one again and again. */
function answers(...errors: readonly (Error | undefined)[]): () => Promise<void> {
  let asked = 0
  return async () => {
    const error = errors[Math.min(asked++, errors.length - 1)]
    if (error) throw error
  }
}

const taken = async () => 'taken'

test('is refused where nothing else was asked for, by the work itself', async () => {
  const attempt = whenNotBusy({ is: 'refuse' }, answers(busy()), () => Promise.reject(busy()))

  await expect(attempt).rejects.toMatchObject({ code: 'CLAIMED' })
})

test('is skipped at once', async () => {
  const time = simulatedTime()

  const attempt = whenNotBusy({ is: 'skip', within: 0 }, answers(busy()), taken, time)

  await expect(attempt).rejects.toMatchObject({ code: 'SKIPPED', exitCode: 5, state: 'No backup was taken.' })
  expect(time.at()).toBe(0)
})

test('waits, and is taken when the run has ended or pauses', async () => {
  const time = simulatedTime()

  const came = await whenNotBusy({ is: 'skip', within: 7200 }, answers(busy(), busy(), undefined), taken, time)

  expect(came).toBe('taken')
  expect(time.at()).toBe(60)
})

test('waits to its deadline and no longer, then is skipped', async () => {
  const time = simulatedTime()

  const attempt = whenNotBusy({ is: 'skip', within: 100 }, answers(busy()), taken, time)

  await expect(attempt).rejects.toMatchObject({
    code: 'SKIPPED',
    state: 'No backup was taken, after a wait of 1 min 40 s.',
  })
  expect(time.at()).toBe(100)
})

test.for([0, 7200])(
  'is not skipped beside a run that nobody drives, with %d s to wait: that would tell nobody',
  async within => {
    const time = simulatedTime()

    const attempt = whenNotBusy({ is: 'skip', within }, answers(undriven()), taken, time)

    await expect(attempt).rejects.toMatchObject({ code: 'CLAIMED', exitCode: 11 })
    expect(time.at()).toBe(0)
  },
)

test('waits no longer for a run whose driver dies meanwhile', async () => {
  const time = simulatedTime()

  const attempt = whenNotBusy({ is: 'skip', within: 7200 }, answers(busy(), undriven()), taken, time)

  await expect(attempt).rejects.toMatchObject({ code: 'CLAIMED', exitCode: 11 })
  expect(time.at()).toBe(30)
})

test('goes on waiting while ZooKeeper has a moment without a leader', async () => {
  const time = simulatedTime()
  const question = answers(busy(), new Error('no server answers'), undefined)

  expect(await whenNotBusy({ is: 'skip', within: 7200 }, question, taken, time)).toBe('taken')
})

test('does not wait for a cluster that can not be asked at all', async () => {
  const time = simulatedTime()

  const attempt = whenNotBusy({ is: 'skip', within: 7200 }, answers(new Error('no server answers')), taken, time)

  await expect(attempt).rejects.toThrow('no server answers')
  expect(time.at()).toBe(0)
})

test('a changing run that begins in between is waited for as well', async () => {
  const time = simulatedTime()
  let tries = 0
  const work = async () => {
    if (tries++ === 0) throw busy()
    return 'taken'
  }

  expect(await whenNotBusy({ is: 'skip', within: 60 }, answers(undefined), work, time)).toBe('taken')
  expect(time.at()).toBe(30)
})

test('a backup that fails is not tried again', async () => {
  let tries = 0
  const work = async () => {
    tries++
    throw new Error('the store is gone')
  }

  await expect(whenNotBusy({ is: 'skip', within: 60 }, answers(undefined), work, simulatedTime())).rejects.toThrow(
    'gone',
  )
  expect(tries).toBe(1)
})
