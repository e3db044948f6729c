// What the raw Snappy decoder gives back, and what it refuses.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSnappy, SnappyDamage } from '../../src/formats/snappy.ts'

const bytes = (...parts: (number | string)[]) =>
  Uint8Array.from(parts.flatMap(part => (typeof part === 'number' ? [part] : [...Buffer.from(part)])))
const text = (block: Uint8Array) => Buffer.from(decodeSnappy(block, 1_000)).toString()

test('a literal comes back as it is', () => {
  expect(text(bytes(5, 4 << 2, 'hello'))).toBe('hello')
})

test('an empty block holds nothing', () => {
  expect(text(bytes(0))).toBe('')
})

test('a literal whose length stands in bytes of its own comes back', () => {
  const long = 'x'.repeat(300)
  expect(text(bytes(0xac, 0x02, 61 << 2, 43, 1, long))).toBe(long)
})

test('a copy repeats what went before, overlapping itself, with each width of offset', () => {
  expect(text(bytes(8, 1 << 2, 'ab', ((6 - 4) << 2) | 1, 2))).toBe('abababab')
  expect(text(bytes(8, 1 << 2, 'ab', ((6 - 1) << 2) | 2, 2, 0))).toBe('abababab')
  expect(text(bytes(8, 1 << 2, 'ab', ((6 - 1) << 2) | 3, 2, 0, 0, 0))).toBe('abababab')
})

test.each([
  ['no bytes at all', bytes()],
  ['a literal that is cut off', bytes(5, 4 << 2, 'hel')],
  ['a copy from before the start', bytes(8, 1 << 2, 'ab', (2 << 2) | 1, 3)],
  ['a copy from itself', bytes(8, 1 << 2, 'ab', (2 << 2) | 1, 0)],
  ['more than it claims', bytes(1, 1 << 2, 'ab')],
  ['less than it claims', bytes(3, 1 << 2, 'ab')],
  ['a claim above the limit', bytes(0xff, 0xff, 0xff, 0xff, 0x0f)],
  ['a size that does not end', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
])('%s is refused', (_, block) => {
  expect(() => decodeSnappy(block, 1_000)).toThrow(SnappyDamage)
})

test('random bytes are decoded within the limit or refused as damage, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), block => {
      try {
        expect(decodeSnappy(block, 500).length).toBeLessThanOrEqual(500)
      } catch (error) {
        expect(error).toBeInstanceOf(SnappyDamage)
      }
    }),
    { numRuns: 2_000 },
  )
})
