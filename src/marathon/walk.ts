// Every app and pod of a tree of groups, and of one group in it. Pure.
import type { Kind } from './definition.ts'
import { absolute } from './definition.ts'
import type { Definition, Group } from './groups.ts'

export interface Held {
  readonly kind: Kind
  /** Absolute. */
  readonly id: string
  /** As Marathon told it. */
  readonly definition: Definition
  /** Ids that must run first, as Marathon would start them: its own and those of the groups around it. */
  readonly dependsOn: readonly string[]
}

/** In the order of their ids. */
export function heldIn(root: Group): readonly Held[] {
  return walk(root, []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function walk(group: Group, around: readonly string[]): readonly Held[] {
  const inherited = [...around, ...group.dependencies.map(id => resolved(id, group.id))]
  const held = (kind: Kind, definition: Definition): Held => {
    const id = absolute(definition.id)
    const { dependencies } = definition
    const own = (Array.isArray(dependencies) ? dependencies : []).filter(each => typeof each === 'string')
    return { kind, id, definition, dependsOn: [...inherited, ...own.map(each => resolved(each, parentOf(id)))] }
  }
  return [
    ...group.apps.map(app => held('app', app)),
    ...group.pods.map(({ spec }) => held('pod', spec)),
    ...group.groups.flatMap(inner => walk(inner, inherited)),
  ]
}

const parentOf = (id: string): string => id.slice(0, id.lastIndexOf('/')) || '/'

/** `../db` of `/shop/web` is `/db`, as a path (mesosphere/marathon PathId.canonicalPath). */
function resolved(id: string, base: string): string {
  if (id.startsWith('/')) return id
  const parts = base.split('/').filter(part => part !== '')
  for (const part of id.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** `/shop` holds itself, `/shop/web` and `/shop/eu/web`; `/` holds all. */
export const isWithin = (id: string, group: string): boolean =>
  group === '/' || id === group || id.startsWith(`${group}/`)

/** Ids of all groups, `/` first. */
export const groupIds = (group: Group): readonly string[] => [group.id, ...group.groups.flatMap(groupIds)]

/** Settings of groups that no app carries: they do not come back with the apps. */
export const groupsThatEnforceRoles = (group: Group): readonly string[] => [
  ...(group.enforceRole ? [group.id] : []),
  ...group.groups.flatMap(groupsThatEnforceRoles),
]
