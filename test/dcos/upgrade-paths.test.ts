// Which upgrades are documented, spot by spot along the whole table; the edges of every range, and the releases nobody is to install.
import { describe, expect, test } from 'vitest'
import { upgradePath } from '../../src/dcos/upgrade-paths.ts'

/** From the upgrading pages of mesosphere/dcos-docs-site: for each row of the table what it allows last, and what it just does not. */
const rows: readonly (readonly [from: string, allows: readonly string[], notAny: readonly string[]])[] = [
  ['1.10.1', ['1.11.6'], ['1.11.5', '1.11.7', '1.12.0']],
  ['1.10.5', ['1.11.6'], ['1.12.0']],
  ['1.10.6', ['1.11.5', '1.11.7', '1.12.0'], ['1.11.8', '1.12.1']],
  ['1.10.7', ['1.11.9', '1.12.0'], ['1.11.10', '1.12.1']],
  ['1.10.8', ['1.11.10', '1.12.2'], ['1.11.11', '1.12.3']],
  ['1.10.9', ['1.11.5', '1.12.3'], ['1.11.4', '1.12.4']],
  ['1.10.11', ['1.11.8', '1.11.12', '1.12.3'], ['1.11.7', '1.11.11', '1.13.0']],
  ['1.11.4', ['1.12.0'], ['1.12.1', '1.13.0']],
  ['1.11.6', ['1.12.1'], ['1.12.2']],
  ['1.11.7', ['1.12.2'], ['1.13.0']],
  ['1.11.8', ['1.12.3', '1.13.1'], ['1.12.4', '1.13.2']],
  ['1.11.9', ['1.12.4', '1.13.5'], ['1.12.5', '1.13.6']],
  ['1.11.10', ['1.12.3', '1.13.6'], ['1.12.4', '1.13.7']],
  ['1.11.12', ['1.12.1', '1.12.5', '1.13.7'], ['1.12.0']],
  ['1.11.13', ['1.12.2', '1.13.3', '1.13.7'], ['1.12.1', '1.13.2']],
  ['1.12.1', ['1.13.1'], ['1.13.2', '2.0.0']],
  ['1.12.2', ['1.13.7'], ['1.13.9']],
  ['1.12.4', ['1.13.0', '1.13.9'], ['2.0.0']],
  ['1.12.5', ['1.13.5', '1.13.9'], ['1.13.4']],
  ['1.13.4', ['2.0.1'], ['2.0.2', '2.1.0']],
  ['1.13.5', ['2.0.4'], ['2.0.5']],
  ['1.13.7', ['2.0.6', '2.1.1'], ['2.2.1']],
  ['1.13.9', ['2.0.4', '2.1.0'], ['2.0.2']],
  ['1.13.10', ['2.0.6', '2.1.1'], ['2.2.1']],
  ['2.0.3', ['2.1.0', '2.2.1'], ['2.1.1']],
  ['2.0.6', ['2.1.1', '2.2.1'], []],
  ['2.1.0', ['2.2.1'], []],
  ['2.1.1', ['2.2.1'], []],
]

describe.each(rows)('from %s', (from, allows, notAny) => {
  test(`to ${allows.join(', ')} is documented`, () => {
    for (const to of allows) expect(upgradePath(from, to), to).toEqual({ path: 'documented' })
  })
  test(`to ${notAny.join(', ') || 'others'} is not, but may be accepted`, () => {
    for (const to of notAny) expect(upgradePath(from, to), to).toMatchObject({ path: 'undocumented' })
  })
})

test('within one minor the next release and the same one are documented, a longer leap is not', () => {
  expect(upgradePath('2.1.0', '2.1.1')).toEqual({ path: 'documented' })
  expect(upgradePath('2.1.1', '2.1.1')).toEqual({ path: 'documented' })
  expect(upgradePath('1.12.1', '1.12.4')).toMatchObject({ path: 'undocumented', why: expect.stringContaining('1.12') })
})

test.each([
  ['1.12.4', '1.13.8', 'network'],
  ['2.0.2', '2.0.3', 'Metronome'],
  ['2.1.1', '2.2.0', 'restarts all tasks'],
])('%s to %s is refused whatever the reason', (from, to, why) => {
  expect(upgradePath(from, to)).toMatchObject({ path: 'refused', why: expect.stringContaining(why) })
})

test('a downgrade, and what is no version, are refused', () => {
  expect(upgradePath('2.2.1', '2.1.1')).toMatchObject({ path: 'refused', why: expect.stringContaining('downgrade') })
  expect(upgradePath('2.1.1', '2.1.0')).toMatchObject({ path: 'refused' })
  for (const text of ['', '2.1', '2.1.1-ent', 'newest', '2.1.1.1', '1e3.0.0'])
    expect(upgradePath('2.1.1', text), text).toMatchObject({
      path: 'refused',
      why: expect.stringContaining('not a DC/OS version'),
    })
})

test('releases before 1.10 have no documented upgrade in place', () => {
  expect(upgradePath('1.9.11', '1.10.11')).toMatchObject({ path: 'undocumented' })
  expect(upgradePath('1.8.9', '1.9.0')).toMatchObject({ path: 'undocumented' })
})
