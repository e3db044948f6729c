// What an answer proves about the leader's count, and what it does not.
import { expect, test } from 'vitest'
import { afterAnswer, afterHandshake, aliveUntil } from '../../../src/zookeeper/session/proof.ts'

const timeout = 10_000
const read = (sentAt: number) => ({ sentAt, answeredAt: sentAt + 10, committed: false })
const change = (sentAt: number) => ({ sentAt, answeredAt: sentAt + 10, committed: true })
const after = (...answers: readonly ReturnType<typeof read>[]) =>
  answers.reduce((proof, answer) => afterAnswer(proof, answer, timeout), afterHandshake(undefined, 0))

test('a handshake is heard of by the leader', () => {
  expect(afterHandshake(undefined, 500).heardSince).toBe(500)
})

test('reads prove nothing, however many: a follower cut off from its leader answers them', () => {
  expect(after(read(2000), read(4000), read(6000)).heardSince).toBe(0)
})

test('a committed change proves the request before it, if a report had time to leave in between', () => {
  expect(after(read(2000), change(5000)).heardSince).toBe(2000)
})

test('a committed change proves nothing of a request right before it', () => {
  expect(after(read(4900), change(5000)).heardSince).toBe(0)
})

test('many changes at short intervals prove an early one of them', () => {
  const changes = Array.from({ length: 50 }, (_, n) => change(n * 100))
  const { heardSince } = after(...changes)
  expect(heardSince).toBeGreaterThanOrEqual(4900 - 2 * (timeout / 10) - 200)
  expect(heardSince).toBeLessThanOrEqual(4900 - timeout / 10)
})

test('what was answered on another line is not proved by this one', () => {
  const proof = afterHandshake(after(read(2000)), 3000)
  expect(afterAnswer(proof, change(9000), timeout).heardSince).toBe(3000)
})

test('an older handshake does not take back what was proved', () => {
  expect(afterHandshake(after(read(2000), change(5000)), 1000).heardSince).toBe(2000)
})

test('the session is sure to live for a little less than its time-out', () => {
  expect(aliveUntil(afterHandshake(undefined, 1000), timeout)).toBe(1000 + 9500)
})
