// What a cluster has of what a cluster may have or lack, and how that is told.
import { describe, expect, test } from 'vitest'
import { backupObjects } from '../../runbooks/backup.ts'
import { genconfScript } from '../../src/dcos/holdings.ts'
import type { Host } from '../../src/ssh/host.ts'
import { surveyHoldings } from '../../src/survey/holdings.ts'
import { survey } from '../../src/survey/survey.ts'
import { bootstrapName, type World } from '../../src/world.ts'
import { type FakeMetronome, fakeMetronome, withServices } from '../fake-apps.ts'
import { fakeWorld, type Size } from '../fake-world.ts'

const leads = new Map([
  ['m1', ['mesos', 'zookeeper', 'marathon'] as const],
  ['m2', [] as const],
])

function setUp(size: Size = {}, metronome?: FakeMetronome) {
  const fake = fakeWorld(size)
  return { fake, world: metronome ? withServices(fake.world, { 9000: metronome }) : fake.world }
}

test('a cluster that has nothing of it lacks each by name, with why', async () => {
  const { from, absent } = await surveyHoldings(setUp().world, leads)

  expect(from).toEqual({})
  expect(absent).toEqual([
    { what: 'Metronome jobs', why: 'this cluster has none: there is no dcos-metronome.service' },
    { what: 'IAM database', why: 'this cluster has none: iam-database-backup is not there' },
    { what: 'etcd', why: 'this cluster has none: dcos-etcdctl is not there' },
    { what: 'overlay state', why: expect.stringContaining('404 to /overlay-master/state') },
    { what: 'bootstrap genconf', why: 'the cluster file names no bootstrap host' },
  ])
})

test('what is there is read from the right master: the database from a standby, etcd from the Mesos leader, jobs from whoever leads them', async () => {
  const { fake, world } = setUp({}, fakeMetronome())
  fake.node('m1').holds = ['metronome', 'iam-program', 'etcd-program']

  const { from } = await surveyHoldings(world, leads)

  expect(from).toEqual({ metronome: 'm1', iam: 'm2', etcd: 'm1' })
})

test('data without the program that copies it is told apart from none', async () => {
  const { fake, world } = setUp()
  fake.node('m1').holds = ['iam-data', 'etcd-data']

  const { absent } = await surveyHoldings(world, leads)

  expect(absent).toContainEqual({
    what: 'IAM database',
    why: 'its data is on the masters, but iam-database-backup is not there to copy it',
  })
})

test('a Metronome that nobody leads now is there all the same: the copy asks again', async () => {
  const { fake, world } = setUp()
  fake.node('m1').holds = ['metronome']

  expect((await surveyHoldings(world, leads)).from.metronome).toBe('m2')
})

test('a survey tells it, and a backup copies it', async () => {
  const { fake, world } = setUp()
  fake.node('m1').holds = ['etcd-program']

  const objects = backupObjects(await survey(world), 'files')

  expect(objects).toContainEqual({ name: 'etcd/etcd.tar.gz', what: 'etcd', from: 'm1' })
  expect(objects.map(({ what }) => what)).not.toContain('metronome-jobs')
})

describe('genconf', () => {
  const file = { bootstrap: { host: 'boot.example', genconf: '/srv/genconf' } }
  const withBootstrap = (world: World, stdout: string): World => ({
    ...world,
    hosts: {
      ...world.hosts,
      async host(name) {
        if (name !== bootstrapName) return world.hosts.host(name)
        const host: Host = {
          ...(await world.hosts.host('m1')),
          async run(script, { args }) {
            expect([script, args]).toEqual([genconfScript, ['/srv/genconf']])
            return { exit: 0, stdout, stderr: '' }
          },
        }
        return host
      },
    },
  })

  test('is copied without what the installer made, whose size is said', async () => {
    const world = withBootstrap(setUp({ file }).world, 'genconf=yes\nserve=1288490188\n')

    const { from, absent } = await surveyHoldings(world, leads)

    expect(from.genconf).toBe('bootstrap')
    expect(absent).toContainEqual({
      what: 'bootstrap genconf/serve',
      why: expect.stringMatching(/^1\.2 GiB .*`serve: true`/),
    })
  })

  test('with serve: true nothing of it is left out', async () => {
    const { world } = setUp({ file: { bootstrap: { ...file.bootstrap, serve: true } } })

    const { absent } = await surveyHoldings(withBootstrap(world, 'genconf=yes\nserve=99\n'), leads)

    expect(absent.map(({ what }) => what)).not.toContain('bootstrap genconf/serve')
  })

  test('that is not where the cluster file says is refused', async () => {
    const world = withBootstrap(setUp({ file }).world, 'genconf=no\nserve=0\n')

    await expect(surveyHoldings(world, leads)).rejects.toThrow('genconf is at /srv/genconf of the bootstrap host')
  })
})
