// quote() against real shells: whatever goes in comes out of `printf %s`.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from '../../src/ssh/quote.ts'

const word = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', '$', '`', '\\', '\n', '!', '*', ' ', '-', ';', '~'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter(c => !c.includes('\0')),
  ),
})

test.each(['/bin/sh', '/bin/bash'])('any words come out of %s as they went in', shell => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), words => {
      const script = `printf '%s\\0' ${words.map(quote).join(' ')}`
      expect(execFileSync(shell, ['-c', script]).toString('utf8')).toBe(words.map(one => `${one}\0`).join(''))
    }),
    { numRuns: 30 },
  )
})

test('a NUL, which no shell word can hold, is refused', () => {
  expect(() => quote('a\0b')).toThrow(RangeError)
})
