// A secret shows itself nowhere but where it is asked for by name.
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../src/secret.ts'

test('a secret prints as *** however it is printed, and is had by reveal() alone', () => {
  const secret = new Secret('swordfish')

  const printed = [
    `${secret}`,
    secret + '',
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
    JSON.stringify(Object.entries(secret)),
  ]

  expect(printed.join()).not.toContain('swordfish')
  expect(printed[0]).toBe('***')
  expect(printed[2]).toBe('{"secret":"***"}')
  expect(secret.reveal()).toBe('swordfish')
})

test('a secret inside an error or a structured clone does not come along', () => {
  const secret = new Secret('swordfish')

  expect(inspect(Object.assign(new Error('no'), { secret }), { depth: 9 })).not.toContain('swordfish')
  expect(JSON.stringify(structuredClone({ secret: { ...secret } }))).not.toContain('swordfish')
})
