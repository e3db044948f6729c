// Lists of nodes are short enough to be read.
import { expect, test } from 'vitest'
import { few } from '../../src/cluster/few.ts'

test('up to five are named, more are counted', () => {
  expect(few([])).toBe('')
  expect(few(['a1', 'a2', 'a3', 'a4', 'a5'])).toBe('a1, a2, a3, a4, a5')
  expect(few(['a1', 'a2', 'a3', 'a4', 'a5', 'a6'])).toBe('a1, a2, a3, a4, a5 and 1 more')
  expect(
    few(
      Array.from({ length: 10_000 }, (_, index) => `a${index + 1} is ill`),
      '; ',
    ),
  ).toBe('a1 is ill; a2 is ill; a3 is ill; a4 is ill; a5 is ill and 9995 more')
})
