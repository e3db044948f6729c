// Which state `--at` means, and the refusals that say what is to be had instead.
import { describe, expect, test } from 'vitest'
import { atOf } from '../../../src/cli/restore/zookeeper/at.ts'
import type { Moments } from '../../../src/zookeeper/files/moments.ts'

const content = { kind: 'zookeeper-files', exactAt: '0x100000060', fuzzEnd: '0x100000050' }
const moments: Moments = {
  earliest: 0x100000020n,
  earliestTime: Date.UTC(2026, 10, 20, 1, 0),
  last: 0x100000060n,
  lastTime: Date.UTC(2026, 10, 20, 2, 0),
  asked: { zxid: 0x100000040n, time: Date.UTC(2026, 10, 20, 1, 30) },
  before: [0x100000030n, 0x100000030n],
}

describe('--at', () => {
  test('left out, it is the end that the backup was proven for', () => {
    expect(atOf(undefined, content, moments)).toEqual({
      zxid: 0x100000060n,
      time: moments.lastTime,
      fuzzEnd: 0x100000050n,
    })
  })

  test('a zxid before what the server reported must be proven by the files themselves', () => {
    expect(atOf({ zxid: 0x100000041n }, content, moments)).toMatchObject({ zxid: 0x100000040n, fuzzEnd: undefined })
  })

  test.each([0x10000001fn, 0x100000061n])('%i is not in the backup, and the range that is gets named', zxid => {
    const asked = { ...moments, asked: { zxid, time: undefined } }

    expect(() => atOf({ zxid }, content, asked)).toThrow(
      /states go from 0x100000020 \(2026-11-20T01:00:00.000Z\) to 0x100000060 \(2026-11-20T02:00:00.000Z\)/,
    )
  })

  test('a moment around which a clock stepped back is refused, with both states to choose from', () => {
    const stepped = { ...moments, before: [0x100000030n, 0x100000038n] as const }

    expect(() => atOf({ time: new Date(Date.UTC(2026, 10, 20, 1, 10)) }, content, stepped)).toThrow(
      /it may mean 0x100000030 or 0x100000038/,
    )
  })

  test('a moment long after the last change is not one of this backup', () => {
    expect(() => atOf({ time: new Date(Date.UTC(2026, 10, 21)) }, content, moments)).toThrow(/more than an hour behind/)
  })
})
