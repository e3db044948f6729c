// What stands in the claim's znodes: read back as written, refused where it is anything else.
import { expect, test } from 'vitest'
import {
  type ClaimNode,
  counterBytes,
  readClaim,
  readCounter,
  readHolder,
  toBytes,
} from '../../../src/zookeeper/claim/format.ts'

const claim: ClaimNode = {
  format: 1,
  cluster: 'c-1',
  run: 'r1',
  runbook: 'upgrade',
  who: { user: 'ana', host: 'laptop-a', pid: 11 },
  since: '2026-11-20T03:00:00.000Z',
  state: 'paused',
  token: 3,
}

test('a claim is one line of JSON that reads back as it was', () => {
  const bytes = toBytes(claim)
  expect(bytes.toString()).toMatch(/^\{.*\}\n$/)
  expect(readClaim(bytes)).toEqual(claim)
})

test('a field that a later dcosctl may add within the format does not stop this one', () => {
  expect(readClaim(Buffer.from(JSON.stringify({ ...claim, note: 'x' })))).toEqual(claim)
})

test('another format is refused by its number, before its fields are looked at', () => {
  expect(() => readClaim(Buffer.from('{"format":7}'))).toThrow(
    '/dcosctl/claim has format 7, this dcosctl knows format 1',
  )
})

test('what is no claim is refused with the reason', () => {
  expect(() => readClaim(Buffer.from(''))).toThrow('/dcosctl/claim is not JSON')
  expect(() => readClaim(Buffer.from(JSON.stringify({ ...claim, state: 'asleep' })))).toThrow(
    /is not what dcosctl writes.*state/,
  )
  expect(() => readHolder(Buffer.from(JSON.stringify({ ...claim, token: 0 })))).toThrow(/dcosctl\/holder .*token/)
})

test('the counter is a plain number', () => {
  expect(readCounter(counterBytes(41))).toBe(41)
  for (const text of ['', '-1', '1e9', '9'.repeat(16)])
    expect(() => readCounter(Buffer.from(text))).toThrow(/wanted a number/)
})
