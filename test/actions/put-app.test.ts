// Apps and pods given back to a fake Marathon: the answers of a look, what is sent, and what is said when it goes wrong.
import { beforeEach, describe, expect, test } from 'vitest'
import { putApp } from '../../src/actions/restore/put-app.ts'
import { removeApp } from '../../src/actions/restore/remove-app.ts'
import type { Action, BackupSource } from '../../src/plan/vocabulary.ts'
import type { World } from '../../src/world.ts'
import { type FakeMarathon, fakeMarathon, withServices } from '../fake-apps.ts'
import { fakeWorld } from '../fake-world.ts'
import { backupWith, contextOf } from './restore-backup.ts'

const inBackup = {
  id: '/',
  apps: [
    { id: '/a', cmd: 'sleep 1', env: { PASSWORD: 'hunter2' }, version: '2026-11-19T00:00:00.000Z', tasksRunning: 1 },
  ],
  pods: [{ id: '/p', spec: { id: '/p', containers: [{ name: 'c' }], version: 'then' }, status: 'STABLE' }],
  groups: [],
}

let marathon: FakeMarathon
let world: World
let source: BackupSource

async function setUp(apps: Parameters<typeof fakeMarathon>[0] = []) {
  const { store, source: pinned } = await backupWith({ 'marathon/groups.json': inBackup })
  marathon = fakeMarathon(apps)
  world = withServices(fakeWorld({ store }).world, { 8080: marathon })
  source = pinned('marathon/groups.json')
}
beforeEach(() => setUp())

const action = (more: Partial<Extract<Action, { do: 'put-app' }>> = {}): Extract<Action, { do: 'put-app' }> => ({
  ...{ do: 'put-app', kind: 'app', id: '/a', source, was: null, within: 1 },
  ...more,
})
const look = (more = {}) => putApp.look(action(more), world, contextOf())
const perform = (more = {}, context = contextOf()) => putApp.perform(action(more), world, context)

describe('an app that is to be given back', () => {
  test('is absent while it is not there, and in place once it is', async () => {
    expect(await look()).toBe('absent')

    expect(await perform()).toBe('/a is as in the backup, instances: 1')

    expect(await look()).toBe('in-place')
    expect(marathon.changes).toEqual(['PUT /v2/apps/a?partialUpdate=false'])
    expect(marathon.apps.get('/a')).toMatchObject({ cmd: 'sleep 1', env: { PASSWORD: 'hunter2' } })
    expect(marathon.apps.get('/a')).not.toHaveProperty('tasksRunning')
  })

  test('is absent while it is what the plan saw, and a person’s matter once somebody changed it', async () => {
    await setUp([{ id: '/a', cmd: 'other', version: 'v7' }])

    expect(await look({ was: 'v7' })).toBe('absent')
    expect(await look({ was: 'v6' })).toEqual({ unclear: expect.stringContaining('version v6 then, version v7 now') })
    expect(await look({ was: null })).toEqual({ unclear: expect.stringContaining('not there then, version v7 now') })
  })

  test('is under way while a deployment still brings it there, and is followed without another one', async () => {
    await setUp([{ id: '/a', cmd: 'sleep 1', env: { PASSWORD: 'hunter2' } }])
    marathon.deployments.push({ id: 'd0', of: '/a', left: 4 })

    expect(await look()).toBe('under-way')
    await perform({ within: 30 })

    expect(marathon.changes).toEqual([])
    expect(await look()).toBe('in-place')
  })

  test('whose answer was lost is found as it is', async () => {
    marathon.next = 'lost'

    await expect(perform()).rejects.toThrow('the line dropped')

    expect(await look()).toBe('under-way')
  })

  test('that Marathon refuses says which field it minds, and no value', async () => {
    const details = [{ path: '/upgradeStrategy/minimumHealthCapacity', errors: ['is greater than 1'] }]
    marathon.next = { status: 422, body: { message: 'Object is not valid', details } }

    await expect(perform()).rejects.toThrow(
      'Marathon on m1 answered /v2/apps/a?partialUpdate=false with 422 Object is not valid (/upgradeStrategy/minimumHealthCapacity: is greater than 1)',
    )
  })

  test('that another deployment has locked says which, and nothing is forced', async () => {
    marathon.next = { status: 409, body: { message: 'App is locked', deployments: [{ id: 'd9' }] } }

    await expect(perform()).rejects.toThrow('409 App is locked (deployment d9)')

    expect(marathon.changes.every(change => !change.includes('force'))).toBe(true)
  })

  test('whose deployment does not end in time says so, and is followed by the next try', async () => {
    marathon.deploymentsLast = 1000

    await expect(perform({ within: 0 })).rejects.toThrow(/deployment d1 of \/a has not ended within 0 s, and goes on/)

    expect(await look()).toBe('under-way')
  })

  test('that Marathon keeps otherwise is not called done', async () => {
    marathon.keepsOtherwise = { cmd: 'sleep 2' }

    await expect(perform()).rejects.toThrow('Marathon has /a otherwise than the backup: cmd')
  })

  test('is let go of when the operator detaches', async () => {
    marathon.deploymentsLast = 1000
    const detach = new AbortController()
    const context = contextOf(detach.signal)
    const following = perform({ within: 60 }, { ...context, say: () => detach.abort() })

    await expect(following).rejects.toThrow(/abort/i)
  })

  test('whose backup is another one than the plan pinned is not given back', async () => {
    await expect(look({ source: { ...source, sha256: 'ab'.repeat(32) } })).rejects.toThrow(
      'no longer has the marathon/groups',
    )
    await expect(look({ id: '/z' })).rejects.toThrow('has no app /z')
  })
})

test('a pod is created by POST and set by PUT, from the spec in its status', async () => {
  await perform({ kind: 'pod', id: '/p' })
  marathon.pods.set('/p', { id: '/p', containers: [], version: 'v2' })
  await perform({ kind: 'pod', id: '/p', was: 'v2' })

  expect(marathon.changes).toEqual(['POST /v2/pods', 'PUT /v2/pods/p'])
  expect(marathon.pods.get('/p')).toMatchObject({ containers: [{ name: 'c' }] })
})

describe('an app that is to go', () => {
  const gone = (was: string): Extract<Action, { do: 'remove-app' }> => ({
    ...{ do: 'remove-app', kind: 'app', id: '/x', was, within: 1 },
  })

  test('is absent, removed, and in place', async () => {
    await setUp([{ id: '/x', cmd: 'x', version: 'v1' }])

    expect(await removeApp.look(gone('v1'), world, contextOf())).toBe('absent')
    expect(await removeApp.perform(gone('v1'), world, contextOf())).toBe('/x is removed')

    expect(await removeApp.look(gone('v1'), world, contextOf())).toBe('in-place')
    expect(marathon.changes).toEqual(['DELETE /v2/apps/x'])
  })

  test('is a person’s matter where somebody changed it', async () => {
    await setUp([{ id: '/x', cmd: 'x', version: 'v2' }])

    expect(await removeApp.look(gone('v1'), world, contextOf())).toEqual({ unclear: expect.stringContaining('/x') })
  })
})
