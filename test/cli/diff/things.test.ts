// Apps, agents, quotas … by name: what was added, removed and changed, and which values are shown.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flagThings, marathonThings, metronomeThings, registryThings } from '../../../src/cli/diff/known-things.ts'
import { diffThings, notCompared } from '../../../src/cli/diff/things.ts'

const app = (id: string, more: object = {}) => ({
  id,
  instances: 1,
  env: { TOKEN: 'hunter2' },
  version: 'then',
  ...more,
})
const groups = (...apps: object[]) => marathonThings({ id: '/', groups: [{ id: '/shop', apps }] })

test('apps are told by name; what Marathon changes by itself is no difference', () => {
  const before = groups(app('/shop/web'), app('/shop/old'))
  const after = groups(app('/shop/web', { instances: 3, version: 'now', tasksRunning: 3 }), app('/shop/new'))

  expect(diffThings(before, after)).toEqual([
    { kind: 'Marathon apps', name: '/shop/new', change: 'added', fields: [] },
    { kind: 'Marathon apps', name: '/shop/old', change: 'removed', fields: [] },
    {
      ...{ kind: 'Marathon apps', name: '/shop/web', change: 'changed' },
      fields: [{ field: 'instances', before: '1', after: '3' }],
    },
  ])
})

test('of environments, commands and labels only the names are shown', () => {
  const after = groups(app('/shop/web', { env: { TOKEN: 'hunter3', NEW: 'x' }, cmd: './run --password p' }))
  const changes = diffThings(groups(app('/shop/web')), after)

  expect(changes[0]?.fields).toEqual([{ field: 'cmd' }, { field: 'env.NEW' }, { field: 'env.TOKEN' }])
  expect(JSON.stringify(changes)).not.toMatch(/hunter|password/)
})

test('jobs of Metronome are told by name, with their resources', () => {
  const job = (cpus: number) => metronomeThings([{ id: 'nightly', run: { cpus, env: { A: 'secret' } } }])
  expect(diffThings(job(1), job(2))).toEqual([
    {
      kind: 'Metronome jobs',
      name: 'nightly',
      change: 'changed',
      fields: [{ field: 'run.cpus', before: '1', after: '2' }],
    },
  ])
})

test('of a real registry: agents, quotas, weights and minimum capabilities', () => {
  const path = join(import.meta.dirname, '../../fixtures/mesos/recorded/replicated_log.last_registry.json')
  const recorded = JSON.parse(readFileSync(path, 'utf8'))
  const changed = {
    ...recorded,
    slaves: { slaves: recorded.slaves.slaves.slice(1) },
    weights: [{ info: { role: 'lab', weight: 9 } }],
    minimum_capabilities: [],
  }
  const changes = diffThings(registryThings(recorded), registryThings(changed))

  expect(diffThings(registryThings(recorded), registryThings(recorded))).toEqual([])
  expect(changes.map(({ kind, change }) => `${change}: ${kind}`)).toEqual(
    expect.arrayContaining(['removed: Mesos agents', 'changed: Weights', 'removed: Minimum capabilities']),
  )
  expect(changes.find(({ kind }) => kind === 'Weights')?.name).toBeDefined()
})

test('flags show their values, but for secrets; passwords in URLs are taken out', () => {
  const flags = (zk: string, credentials: string) => flagThings({ flags: { zk, credentials } })
  const changes = diffThings(flags('zk://u:p@a/mesos', 'one'), flags('zk://u:q@b/mesos', 'two'))

  expect(changes.map(({ name, fields }) => [name, fields])).toEqual([
    ['credentials', [{ field: 'value' }]],
    ['zk', [{ field: '', before: 'zk://***@a/mesos', after: 'zk://***@b/mesos' }]],
  ])
})

test('what only one side knows is no difference, and is named', () => {
  const jobs = metronomeThings([{ id: 'nightly' }])
  expect(diffThings(jobs, [])).toEqual([])
  expect(notCompared(jobs, [])).toEqual(['Metronome jobs'])
})
