// Two definitions of an app or a pod: when they say the same, how they differ, and what one of them needs.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { definitionOf, differingFields, instancesOf, needsOf } from '../../src/marathon/definition.ts'
import { type Definition, definition } from '../../src/marathon/groups.ts'

const published = (name: string): Definition =>
  definition.parse(JSON.parse(readFileSync(new URL(`../fixtures/marathon/${name}.json`, import.meta.url), 'utf8')))

const all = ['app-server-production', 'app-server-testing', 'demo-nginx', 'python-simple-server-docker', 'webserver']

/** As Marathon 1.8 and later tell an app that runs: mesosphere/marathon, docs of GET /v2/apps. */
const asTold = (app: Definition): Definition => ({
  ...{ acceptedResourceRoles: ['*'], backoffFactor: 1.15, backoffSeconds: 1, cpus: 1, disk: 0, executor: '', gpus: 0 },
  ...{ instances: 1, killSelection: 'YOUNGEST_FIRST', labels: {}, maxLaunchDelaySeconds: 300, mem: 128 },
  networks: [{ mode: 'host' }],
  ...{ requirePorts: false, role: 'slave_public', constraints: [], dependencies: [], env: {} },
  unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  ...definitionOf(app),
  version: '2026-11-20T16:05:03.113Z',
  versionInfo: { lastScalingAt: '2026-11-20T16:05:03.113Z', lastConfigChangeAt: '2026-11-20T16:05:03.113Z' },
  ...{ tasksStaged: 0, tasksRunning: 1, tasksHealthy: 0, tasksUnhealthy: 0, tasks: [], deployments: [{ id: 'd1' }] },
})

describe.each(all)('%s', name => {
  const app = published(name)

  test('is the same after Marathon has added what it adds', () => {
    expect(differingFields('app', app, asTold(app))).toEqual([])
    expect(differingFields('app', asTold(app), asTold(app))).toEqual([])
  })

  test('is given back without what tells of its tasks, and with an absolute id', () => {
    const given = definitionOf(asTold(app))

    expect(given.id).toMatch(/^\//)
    expect(Object.keys(given)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(version|tasks|deployments)/)]),
    )
    expect(differingFields('app', app, given)).toEqual([])
  })

  test('differs by name where one field differs', () => {
    expect(differingFields('app', app, { ...asTold(app), mem: 4711 })).toEqual(['mem'])
    expect(differingFields('app', app, { ...asTold(app), env: { OTHER: 'x' } })).toContain('env')
    expect(differingFields('app', { ...app, instances: 7 }, asTold(app))).toContain('instances')
  })
})

describe('what differs', () => {
  const app: Definition = { id: '/a', cmd: 'sleep 1' }

  test('is not what only the server has and nobody could have written', () => {
    expect(differingFields('app', app, { ...app, someNewField: { of: 'Marathon 1.12' } })).toEqual([])
  })

  test('is what the backup has and the server lacks, whatever it is called', () => {
    expect(differingFields('app', { ...app, someNewField: 1 }, app)).toEqual(['someNewField'])
  })

  test('is a field that somebody added since', () => {
    expect(differingFields('app', app, { ...app, labels: { owner: 'zeus' } })).toEqual(['labels'])
  })

  test('is not the order of what has none', () => {
    const one = {
      ...app,
      constraints: [
        ['hostname', 'UNIQUE'],
        ['rack', 'GROUP_BY', '3'],
      ],
      dependencies: ['/b', '/c'],
    }
    const other = {
      ...app,
      constraints: [
        ['rack', 'GROUP_BY', '3'],
        ['hostname', 'UNIQUE'],
      ],
      dependencies: ['/c', '/b'],
    }

    expect(differingFields('app', one, other)).toEqual([])
    expect(differingFields('app', { ...app, args: ['a', 'b'] }, { ...app, args: ['b', 'a'] })).toEqual(['args'])
  })

  test('is told without a value', () => {
    const secret = { ...app, env: { PASSWORD: 'hunter2' } }

    expect(JSON.stringify(differingFields('app', secret, app))).not.toContain('hunter2')
  })

  test('is not whether uris or fetch, ports or portDefinitions, docker’s network or networks are told', () => {
    const old: Definition = {
      ...{ id: '/a', uris: ['http://x/y.tgz'], ports: [10000], fetch: [{ uri: 'http://x/y.tgz' }] },
      portDefinitions: [{ port: 10000 }],
      container: { type: 'DOCKER', docker: { image: 'n', network: 'BRIDGE', portMappings: [{ containerPort: 80 }] } },
    }
    const now: Definition = {
      ...{ id: '/a', fetch: [{ uri: 'http://x/y.tgz', extract: true, executable: false, cache: false }] },
      portDefinitions: [{ port: 10000, protocol: 'tcp', labels: {}, name: 'default' }],
      networks: [{ mode: 'container/bridge' }],
      container: {
        ...{ type: 'DOCKER', volumes: [], docker: { image: 'n', privileged: false, parameters: [] } },
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp', labels: {} }],
      },
    }

    expect(differingFields('app', old, now)).toEqual([])
    expect(Object.keys(definitionOf(old))).not.toEqual(expect.arrayContaining(['uris']))
  })
})

test('whatever a definition holds, it is the same as itself told by the server, and another one with any one field changed', () => {
  const names = ['cmd', 'user', 'env', 'labels', 'cpus', 'constraints', 'healthChecks', 'fetch', 'container']
  const value = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.integer({ min: 2 }),
    fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), { minKeys: 1 }),
  )
  const definitions = fc
    .dictionary(fc.constantFrom(...names), value)
    .map((fields): Definition => ({ ...fields, id: '/a' }))

  fc.assert(
    fc.property(definitions, fc.constantFrom(...names), (app, name) => {
      expect(differingFields('app', app, { ...app, version: 'v', tasks: [], deployments: [] })).toEqual([])
      expect(differingFields('app', app, { ...app, [name]: ['changed'] })).toEqual([name])
    }),
  )
})

test('a pod has as many instances as its scaling says', () => {
  expect(instancesOf('pod', { id: '/p', scaling: { kind: 'fixed', instances: 4 } })).toBe(4)
  expect(instancesOf('pod', { id: '/p' })).toBe(1)
  expect(instancesOf('app', { id: '/a', instances: 0 })).toBe(0)
})

describe('what has to be seen to', () => {
  test('are secrets by their place, roles that Marathon has not, and volumes whose data is in no backup', () => {
    expect(needsOf(published('app-server-production'), undefined)).toEqual(['the secret token in the secret store'])
    expect(needsOf(published('webserver'), undefined)).toEqual(['resources of the role slave_public'])
    const resident: Definition = {
      ...{ id: '/db', role: 'dev', residency: { taskLostBehavior: 'WAIT_FOREVER' } },
      container: { type: 'MESOS', volumes: [{ containerPath: 'data', persistent: { size: 100 } }] },
    }
    expect(needsOf(resident, 'dev')).toEqual([expect.stringContaining('persistent volumes')])
  })

  test('is nothing for most', () => {
    expect(needsOf(published('webserver'), 'slave_public')).toEqual([])
    expect(needsOf(published('demo-nginx'), undefined)).toEqual([])
  })
})
