// How the answers of the health checks are asked for and shown.
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Asked, askHealth, chosenChecks } from '../../src/cli/health.ts'
import { checkTable, unwell } from '../../src/cli/health-report.ts'
import { fakeWorld } from '../fake-world.ts'

const all = chosenChecks(undefined)

describe('asking', () => {
  test('a cluster that is well is well in every check, in their order', async () => {
    const checks = await askHealth(fakeWorld().world, all, () => 0)

    expect(checks.map(({ id, well }) => [id, well])).toEqual(all.map(id => [id, true]))
    expect(unwell('orchard', checks)).toBeUndefined()
  })

  test('a Mesos that has not recovered hides nothing of the others, and the masters are asked for their version', async () => {
    const fake = fakeWorld()
    fake.node('m1').mesos = 'elected-not-recovered'

    const checks = await askHealth(fake.world, all, () => 0)

    expect(checks.filter(({ well }) => !well).map(({ id }) => id)).toEqual(['one-mesos-leader', 'agents-registered'])
    expect(checks.find(({ id }) => id === 'one-version')?.saw).toBe('2.1.1 on 3 of 3 nodes')
  })

  test('a name that is no check is refused with those that are', () => {
    expect(() => chosenChecks('one-leader')).toThrow(
      expect.objectContaining({
        message: 'There is no check named one-leader.',
        exitCode: 2,
        next: [expect.stringContaining('all-serving, zookeeper-quorum')],
      }),
    )
    expect(chosenChecks('one-version')).toEqual(['one-version'])
  })
})

describe('showing', () => {
  const long: Asked = {
    ...{ id: 'agents-registered', title: 'Mesos: every agent is active', seconds: 1 },
    ...{ well: false, wanted: '12 active', remedy: 'look at the agent:  journalctl -u dcos-mesos-slave' },
    saw: `${Array.from({ length: 40 }, (_, index) => `agent-${index}`).join(', ')} not active`,
  }

  test.each([false, true])('the table fits 80 columns, colours or not (%s), and loses no word', colours => {
    const shown = checkTable([long, { ...long, id: 'one-version', well: true }], colours)
    const plain = stripVTControlCharacters(shown)

    for (const line of plain.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    for (let index = 0; index < 40; index++) expect(plain).toMatch(new RegExp(`agent-${index}\\b`))
    expect(plain).toMatch(/^NOT WELL +agents-registered/m)
    expect(plain).toMatch(/^well +one-version/m)
    expect(shown === plain).toBe(!colours)
  })

  test('the ending names each check that is not well and each remedy once', () => {
    const ending = unwell('orchard', [long, { ...long, id: 'one-version' }, { ...long, id: 'all-serving', well: true }])

    expect(ending).toMatchObject({
      exitCode: 3,
      message: '2 of 3 checks of orchard are not well: agents-registered, one-version.',
      state: 'Nothing was changed: checks only read.',
      next: ['look at the agent:  journalctl -u dcos-mesos-slave'],
    })
  })
})
