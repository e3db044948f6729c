// What a restore of Marathon or Metronome plans: a backup compared with fakes of them; and what it refuses.
import { describe, expect, test } from 'vitest'
import type { RestoreOptions } from '../../src/cli/restore/options.ts'
import { planners } from '../../src/cli/restore/planners.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'
import { backupWith } from '../actions/restore-backup.ts'
import { fakeMarathon, fakeMetronome, withServices } from '../fake-apps.ts'
import { fakeWorld } from '../fake-world.ts'

const options = (more: Partial<RestoreOptions> = {}): RestoreOptions => ({
  ...{ only: { what: 'marathon', group: '/' }, at: undefined, into: undefined, how: 'mirror', node: undefined },
  ...{ identity: undefined, accepted: [] },
  ...more,
})

const app = (id: string, more: object = {}) => ({ id, cmd: 'sleep 1', instances: 1, ...more })
const groups = {
  id: '/',
  apps: [app('/top')],
  groups: [
    {
      ...{ id: '/shop', enforceRole: true, dependencies: [] },
      apps: [app('/shop/web', { env: { PASSWORD: 'hunter2' }, dependencies: ['/shop/db'] }), app('/shop/db')],
      pods: [{ id: '/shop/pod', spec: { id: '/shop/pod', containers: [] } }],
    },
  ],
}
const actionsOf = ({ stages }: DcosPlan) =>
  stages.flatMap(({ parts }) => parts.flatMap(part => (part.kind === 'step' ? [part.action] : [])))

async function setUp(objects: Readonly<Record<string, unknown>>, apps: Parameters<typeof fakeMarathon>[0] = []) {
  const { store, manifest } = await backupWith(objects)
  const metronome = fakeMetronome()
  const world = withServices(fakeWorld({ store }).world, { 8080: fakeMarathon(apps), 9000: metronome })
  const plan = (more: Partial<RestoreOptions> = {}) => {
    const asked = options(more)
    return planners[asked.only.what](world, manifest, asked, 'me')
  }
  return { plan, metronome, manifest }
}

describe('Marathon', () => {
  test('is compared app by app; the plan pins the backup and the versions, and holds no definition', async () => {
    const { plan, manifest } = await setUp({ 'marathon/groups.json': groups }, [
      app('/shop/web', { env: { PASSWORD: 'swordfish' }, dependencies: ['/shop/db'], version: 'v1' }),
      app('/top', { version: 'v2' }),
      app('/new', { version: 'v3' }),
    ])

    const made = await plan()

    expect(actionsOf(made)).toMatchObject([
      { do: 'put-app', id: '/shop/db', was: null },
      { do: 'put-app', kind: 'pod', id: '/shop/pod', was: null },
      { do: 'put-app', id: '/shop/web', was: 'v1', source: { backup: manifest.backup } },
      { do: 'remove-app', id: '/new', was: 'v3' },
    ])
    expect(JSON.stringify(made)).not.toMatch(/hunter2|swordfish|sleep/)
    expect(made.notes).toContain('Set: /shop/web: env; its task is replaced.')
  })

  test('only one group of it is looked at, where that is asked; what its settings lose is said', async () => {
    const { plan } = await setUp({ 'marathon/groups.json': groups }, [app('/new')])

    const made = await plan({ only: { what: 'marathon', group: '/shop' } })

    expect(actionsOf(made).map(action => ('id' in action ? action.id : ''))).toEqual([
      '/shop/db',
      '/shop/pod',
      '/shop/web',
    ])
    expect(made.notes.at(-1)).toContain('/shop with enforceRole')
  })

  test('a group that the backup has not is refused, with those it has', async () => {
    const { plan } = await setUp({ 'marathon/groups.json': groups })

    await expect(plan({ only: { what: 'marathon', group: '/nope' } })).rejects.toMatchObject({
      ...{ code: 'REFUSED', next: ['groups in it:  /, /shop'] },
    })
  })

  test('an app that is a pod now is refused', async () => {
    const { plan } = await setUp({ 'marathon/groups.json': groups }, [app('/shop/pod')])

    await expect(plan()).rejects.toThrow('/shop/pod is a pod in the backup, and Marathon now has the app of that name')
  })

  test('options that mean nothing for it are refused', async () => {
    const { plan } = await setUp({ 'marathon/groups.json': groups })

    await expect(plan({ into: '/x', node: 'm1' })).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('Metronome', () => {
  const only = { what: 'metronome' } as const
  const job = (id: string, cmd: string) => ({ id, run: { cmd }, schedules: [{ id: 'nightly', cron: '15 2 * * *' }] })

  test('is compared job by job, and the plan tells no command', async () => {
    const { plan, metronome } = await setUp({ 'metronome/jobs.json': [job('a', 'secret-a'), job('b', 'secret-b')] })
    metronome.jobs.set('b', { spec: { id: 'b', run: { cmd: 'secret-c' } }, schedules: new Map() })
    metronome.jobs.set('c', { spec: { id: 'c', run: { cmd: 'secret-d' } }, schedules: new Map() })

    const made = await plan({ only })

    expect(actionsOf(made)).toMatchObject([
      { do: 'put-job', id: 'a', was: [] },
      { do: 'put-job', id: 'b', was: [expect.stringMatching(/^[0-9a-f]{64}$/)] },
      { do: 'remove-job', id: 'c' },
    ])
    expect(made.notes).toContain('Set: b (run.cmd, schedule nightly).')
    expect(JSON.stringify(made)).not.toContain('secret-')
  })

  test('a backup without its jobs is refused, with why they are not in it', async () => {
    const { plan } = await setUp({ 'marathon/groups.json': groups })

    await expect(plan({ only })).rejects.toThrow(
      /holds no metronome\/jobs.json \(not in it: etcd: DC\/OS 2.0 has none\)/,
    )
  })
})
