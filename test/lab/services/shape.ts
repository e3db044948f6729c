// The shape of an answer: which fields it has, recursively, and of what kind. Values don't count.
import { isObject, type Json } from './json.ts'

/** `path: kind` for every field. List elements are `[]`; free names (attributes, frameworks' metrics) are made alike first. */
export function shapeOf(value: Json, at = ''): ReadonlySet<string> {
  const found = new Set<string>()
  collect(value, at, found)
  return found
}

/** Objects whose names are data, not fields. */
const freeNames = /(^|\.)(attributes|guarantees|limits)$/

function collect(value: Json, at: string, found: Set<string>): void {
  if (Array.isArray(value)) {
    found.add(`${at}: list`)
    for (const element of value) collect(element, `${at}[]`, found)
  } else if (isObject(value)) {
    found.add(`${at}: object`)
    if (freeNames.test(at)) return
    for (const [name, inner] of Object.entries(value)) collect(inner, `${at}.${alike(name)}`, found)
  } else {
    found.add(`${at}: ${value === null ? 'null' : typeof value}`)
  }
}

/** Names of metrics carry framework names, ids and roles. */
export function alike(name: string): string {
  return name
    .replace(/^master\/frameworks\/[^/]+\/[^/]+\//, 'master/frameworks/NAME/ID/')
    .replace(/\/roles\/[^/]*\//, '/roles/ROLE/')
}

export type Difference = { readonly missing: readonly string[]; readonly extra: readonly string[] }

export function differenceOf(recorded: ReadonlySet<string>, simulated: ReadonlySet<string>): Difference {
  return {
    missing: [...recorded].filter(line => !simulated.has(line)),
    extra: [...simulated].filter(line => !recorded.has(line)),
  }
}
