// JSON as a type, and the few questions the simulated services ask of JSON they did not write themselves.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

/** Parses text as JSON; throws a SyntaxError for anything else. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text)
  return value
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `name`, or an empty one. */
export function objectAt(value: Json | undefined, name: string): JsonObject {
  const found = isObject(value) ? value[name] : undefined
  return isObject(found) ? found : {}
}

/** The list at `name`, or an empty one. */
export function listAt(value: Json | undefined, name: string): readonly Json[] {
  const found = isObject(value) ? value[name] : undefined
  return isList(found) ? found : []
}

/** The text at `name`, or ''. */
export function textAt(value: Json | undefined, name: string): string {
  const found = isObject(value) ? value[name] : undefined
  return typeof found === 'string' ? found : ''
}

/** The number at `name`, or 0. */
export function numberAt(value: Json | undefined, name: string): number {
  const found = isObject(value) ? value[name] : undefined
  return typeof found === 'number' ? found : 0
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** The same value with the names of every object in alphabetical order, as Mesos prints protobuf messages. */
export function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
