// Whether two definitions say the same, where a server adds what was left out. Pure.
import { createHash } from 'node:crypto'
import type { z } from 'zod'

export type Json = z.core.util.JSONType

/** What a server writes for a field that was left out, by the name of the field; some have had more than one default. */
export type Defaults = Readonly<Record<string, readonly Json[]>>

/** Null, '', [] and {} say no more than nothing at all. */
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) ? value.length === 0 : typeof value === 'object' && Object.keys(value).length === 0)

const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that one side leaves out count as their defaults, at any depth. */
export function sameJson(a: Json | undefined, b: Json | undefined, defaults: Defaults, name = ''): boolean {
  if (isEmpty(a) && isEmpty(b)) return true
  if (isEmpty(a) || isEmpty(b)) {
    const said = isEmpty(a) ? b : a
    return (defaults[name] ?? []).some(value => sameJson(value, said, {}))
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, index) => sameJson(value, b[index], defaults))
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    return [...keys].every(key => sameJson(a[key], b[key], defaults, key))
  }
  return a === b
}

/** Hex SHA-256 of a definition, whatever the order of its fields. */
export const digestOf = (value: Json): string =>
  createHash('sha256')
    .update(JSON.stringify(inOrder(value)))
    .digest('hex')

function inOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isObject(value)) return value
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(fields.map(([key, inner]) => [key, inOrder(inner)]))
}
