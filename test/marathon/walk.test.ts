// What a tree of groups holds, and in which order it can run.
import { describe, expect, test } from 'vitest'
import { dependenciesFirst } from '../../src/cluster/dependencies.ts'
import { group } from '../../src/marathon/groups.ts'
import { groupIds, heldIn, isWithin } from '../../src/marathon/walk.ts'

const root = group.parse({
  id: '/',
  apps: [{ id: '/top' }],
  groups: [
    {
      id: '/shop',
      dependencies: ['/queue'],
      apps: [{ id: '/shop/web', dependencies: ['../db', './cache'] }, { id: '/shop/cache' }],
      pods: [{ id: '/shop/pod', status: 'STABLE', spec: { id: '/shop/pod', containers: [] } }],
    },
  ],
})

test('apps and pods are found with their definitions, pods by their spec, in the order of their ids', () => {
  const held = heldIn(root)

  expect(held.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'app /shop/cache',
    'pod /shop/pod',
    'app /shop/web',
    'app /top',
  ])
  expect(held[1]?.definition).toEqual({ id: '/shop/pod', containers: [] })
  expect(groupIds(root)).toEqual(['/', '/shop'])
})

test('an app depends on what it names, as a path from its group, and on what its groups name', () => {
  expect(heldIn(root).find(({ id }) => id === '/shop/web')?.dependsOn).toEqual(['/queue', '/db', '/shop/cache'])
})

test('a group holds itself and what is below it, not what begins alike', () => {
  expect(['/shop', '/shop/web', '/shopping'].map(id => isWithin(id, '/shop'))).toEqual([true, true, false])
  expect(isWithin('/any', '/')).toBe(true)
})

describe('in order', () => {
  const thing = (id: string, ...dependsOn: readonly string[]) => ({ id, dependsOn })
  const ids = (things: readonly { readonly id: string }[]) =>
    dependenciesFirst(things.map(one => ({ dependsOn: [], ...one }))).map(({ id }) => id)

  test('everything comes after what it depends on, a group standing for all that is in it', () => {
    expect(ids([thing('/a', '/b'), thing('/b', '/c'), thing('/c/1'), thing('/c/2')])).toEqual([
      '/c/1',
      '/c/2',
      '/b',
      '/a',
    ])
  })

  test('otherwise things stay as they were given, and what is not among them holds nobody up', () => {
    expect(ids([thing('/b', '/elsewhere'), thing('/a')])).toEqual(['/b', '/a'])
  })

  test('a circle comes to an end', () => {
    expect(ids([thing('/a', '/b'), thing('/b', '/a')])).toEqual(['/b', '/a'])
  })
})
