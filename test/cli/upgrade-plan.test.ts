// Making the plan of an upgrade: the script is read and judged before anything is planned.
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { planUpgrade, type UpgradeFlags } from '../../src/cli/upgrade-plan.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'

const url = 'http://bootstrap.example/upgrade/0123/dcos_node_upgrade.sh'
const scriptFor = (from: string, to: string) =>
  `#!/bin/bash\necho "ERROR: Expecting to upgrade DC/OS from ${from} to ${to}. Version found on node: $found"\n`

async function planned(
  script: string | undefined,
  { runs = '2.1.1', masters = 3, ...flags }: UpgradeFlags & { readonly runs?: string; readonly masters?: number } = {},
) {
  const root = scratch()
  const fake = fakeWorld({ store: directoryStore(root), agents: 2, masters })
  for (const name of [...['m1', 'm2', 'm3'].slice(0, masters), 'a1', 'a2'])
    Object.assign(fake.node(name), { version: runs, script })
  const plan = await planUpgrade(fake.world, { scriptUrl: url, ...flags }, 'ann@control-1')
  expect(await readdir(root)).toEqual([])
  return plan
}

test('the script is pinned by its digest, its versions are read, and nothing is written', async () => {
  const script = scriptFor('2.1.1', '2.2.1')

  const plan = await planned(script)

  const sha256 = createHash('sha256').update(script).digest('hex')
  expect(plan.title).toBe('Upgrade orchard from DC/OS 2.1.1 to 2.2.1')
  expect(JSON.stringify(plan)).toContain(`"sha256":"${sha256}"`)
  expect(plan.accepted).toEqual([])
})

test('a path that is not documented is planned only once a person accepted it by name, with a reason', async () => {
  const script = scriptFor('2.0.0', '2.1.2')
  const runs = '2.0.0'
  await expect(planned(script, { runs })).rejects.toThrow('2.0.0 to 2.1.2 is not a documented upgrade')
  await expect(planned(script, { runs, accept: ['undocumented-path'] })).rejects.toThrow('not a documented upgrade')

  const { accepted } = await planned(script, { runs, accept: ['undocumented-path'], reason: 'tried in the lab' })

  expect(accepted).toEqual([{ what: 'undocumented-path', by: 'ann@control-1', reason: 'tried in the lab' }])
})

test('a single master goes down only once a person accepted the outage by name', async () => {
  const script = scriptFor('2.1.1', '2.2.1')
  await expect(planned(script, { masters: 1 })).rejects.toThrow('There is one master')

  const outage = { accept: ['single-master-outage'], reason: 'nobody works on Sunday' }
  const { accepted } = await planned(script, { masters: 1, ...outage })

  expect(accepted).toEqual([{ what: 'single-master-outage', by: 'ann@control-1', reason: 'nobody works on Sunday' }])
})

test('what a saved plan has accepted need not be accepted again', async () => {
  const accepted = [{ what: 'single-master-outage', by: 'ben@control-2', reason: 'nobody works on Sunday' }]

  const plan = await planned(scriptFor('2.1.1', '2.2.1'), { masters: 1, accepted })

  expect(plan.accepted).toEqual(accepted)
})

test.each<[string, string | undefined, UpgradeFlags & { readonly runs?: string }, string]>([
  ['no script is named', scriptFor('2.1.1', '2.2.1'), { scriptUrl: '' }, 'No upgrade script is named'],
  ['it can not be fetched', undefined, {}, "The upgrade script can't be fetched by m1: can't fetch"],
  ['it is a page', '<html>404</html>', {}, 'is not a node upgrade script: it names no versions'],
  ['it is for another version', scriptFor('2.1.0', '2.2.1'), {}, 'upgrades from 2.1.0, but m1 runs 2.1.1'],
  ['it leads elsewhere', scriptFor('2.1.1', '2.2.1'), { to: '2.2.0' }, 'The script upgrades to 2.2.1, not to 2.2.0'],
  ['it is a downgrade', scriptFor('2.1.1', '2.0.6'), {}, 'is a downgrade; DC/OS has none'],
  [
    'it is a release not to be installed, whatever is accepted',
    scriptFor('2.1.1', '2.2.0'),
    { accept: ['undocumented-path'], reason: 'we know better' },
    'DC/OS 2.2.0 is not to be installed',
  ],
  [
    'it installs the version that runs: whether that was done could not be told',
    scriptFor('2.1.1', '2.1.1'),
    {},
    'The script installs 2.1.1 over 2.1.1: a change of configuration',
  ],
])('there is no plan when %s', async (_why, script, flags, message) => {
  await expect(planned(script, flags)).rejects.toThrow(message)
})
