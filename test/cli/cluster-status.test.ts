// The page of `dcosctl status`: what can't be had is said in its place, the rest is shown.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ClusterStatus, statusOfCluster, statusPage } from '../../src/cli/cluster-status.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'

const now = new Date('2026-11-20T05:00:00Z')

const master: ClusterStatus['masters'][number] = {
  ...{ name: 'm1', address: '127.0.0.11', leads: ['zookeeper', 'marathon', 'mesos'] },
  ...{ version: { value: '2.1.1' }, zookeeper: { value: 'leader' }, mesos: { value: 'leading' } },
}
const well: ClusterStatus = {
  cluster: { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' },
  masters: [
    master,
    {
      ...master,
      name: 'm2',
      address: '127.0.0.12',
      leads: [],
      zookeeper: { value: 'follower' },
      mesos: { value: 'standby' },
    },
  ],
  agents: { value: { active: 3, inactive: [] } },
  apps: { value: { all: 1, notWell: [] } },
  claim: { value: null },
  backup: { value: { backup: '2026-11-20T020000Z-7f3a', finished: '2026-11-20T02:00:00Z' } },
}

test('a cluster that is well fits one page', () => {
  expect(statusPage(well, now)).toMatchInlineSnapshot(`
    "orchard (aa11bb22-0000-4000-8000-00000000cafe)

    master   address          DC/OS     ZooKeeper   Mesos
    m1       127.0.0.11       2.1.1     leader      leading; leads ZooKeeper,
                                                    Marathon and Mesos
    m2       127.0.0.12       2.1.1     follower    standby; leads nothing

    Agents   3 active
    Apps     1, all well
    Run      none has the cluster
    Backup   2026-11-20T020000Z-7f3a, 3 h old"
  `)
})

test('who is not well is named', () => {
  const page = statusPage(
    {
      ...well,
      agents: { value: { active: 1, inactive: ['a2', 'a10'] } },
      apps: { value: { all: 2, notWell: ['/db'] } },
      claim: { value: 'upgrade 2026-11-20T020000Z-7f3a, paused, nobody drives it; begun 02:00 by ann@control-1' },
      backup: { value: null },
    },
    now,
  )

  expect(page).toContain('1 active, not active: a2, a10')
  expect(page).toContain('2, not well: /db')
  expect(page).toContain('paused, nobody drives it')
  expect(page).toMatch(/^Backup +none$/m)
})

test('with everything in trouble each part says its own, and nobody is said to lead nothing', async () => {
  const store = directoryStore(join(scratch(), 'not-mounted'))
  const fake = fakeWorld({ store, file: { zookeeper: { sessionTimeout: '0.2s' } } })
  for (const name of [...fake.masters, 'a1', 'a2', 'a3']) fake.node(name).reachable = false

  const page = statusPage(await statusOfCluster(fake.world), now)

  for (const name of fake.masters) {
    expect(page).toMatch(new RegExp(`^${name} +127\\.0\\.0\\.1\\d +\\? +\\? +\\?$`, 'm'))
    expect(page.split(`  ${name}: ${name} can't be reached`)).toHaveLength(2)
  }
  expect(page).toMatch(/^Agents +\? no Mesos master leads.*m1 can't be reached/m)
  expect(page).toMatch(/^Apps +\? none of m1, m2, m3 answers/m)
  expect(page).toMatch(/^Run +\? /m)
  expect(page).toMatch(/^Backup +\? .*not-mounted/m)
  expect(page).not.toContain('leads nothing')
})

test('an elected master whose registry is not recovered does not lead, and its log is said to be behind', async () => {
  const fake = fakeWorld({ file: { zookeeper: { sessionTimeout: '0.2s' } } })
  fake.node('m1').mesos = 'elected-not-recovered'
  fake.node('m2').recovered = false
  for (const name of fake.masters) fake.node(name).zookeeper = 'closed'

  const { masters } = await statusOfCluster(fake.world)

  expect(masters[0]).toMatchObject({ leads: ['marathon'], mesos: { value: 'elected-not-recovered' } })
  expect(masters[1]).toMatchObject({ leads: [], mesos: { value: 'standby, registrar log not recovered' } })
})
