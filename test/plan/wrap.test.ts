import { expect, test } from 'vitest'
import { wrap } from '../../src/plan/wrap.ts'

test('lines break at spaces, what follows the first one is indented, and none is longer than asked', () => {
  expect(wrap('- the old data stays beside the new', 16, '  ')).toEqual([
    '- the old data',
    '  stays beside',
    '  the new',
  ])
})

test('a word longer than the line stays whole, so that a path can be copied', () => {
  expect(wrap('move /var/lib/dcos/exhibitor aside', 10)).toEqual(['move', '/var/lib/dcos/exhibitor', 'aside'])
})

test('spaces in front, and two in a row, stay', () => {
  expect(wrap('  * resume:  dcosctl run resume', 80)).toEqual(['  * resume:  dcosctl run resume'])
})
