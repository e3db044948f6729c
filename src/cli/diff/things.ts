// What a cluster's state holds by name, for people: apps, agents, quotas … , and how two such lists differ. Pure.
import { isDeepStrictEqual } from 'node:util'

/** Named things of one kind, each with its fields as JSON. */
export interface Things {
  /** `Marathon apps`. */
  readonly kind: string
  readonly items: ReadonlyMap<string, unknown>
  /** Fields whose values may be shown; of all others only the name is. */
  readonly shown: (field: string) => boolean
}

export interface FieldChange {
  /** `container.docker.image`; the value itself where the thing has no fields: `''`. */
  readonly field: string
  /** Absent where the values may not be shown. */
  readonly before?: string
  readonly after?: string
}

export interface ThingChange {
  readonly kind: string
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly fields: readonly FieldChange[]
}

/** Only kinds that both sides know: what one side can't tell is no difference. */
export function diffThings(before: readonly Things[], after: readonly Things[]): readonly ThingChange[] {
  return before.flatMap(old => {
    const now = after.find(({ kind }) => kind === old.kind)
    return now ? diffKind(old, now) : []
  })
}

/** Kinds that only one side knows. */
export function notCompared(before: readonly Things[], after: readonly Things[]): readonly string[] {
  const kinds = (side: readonly Things[]) => side.map(({ kind }) => kind)
  const [olds, news] = [kinds(before), kinds(after)]
  return [...olds.filter(kind => !news.includes(kind)), ...news.filter(kind => !olds.includes(kind))]
}

function diffKind({ kind, items: olds, shown }: Things, { items: news }: Things): readonly ThingChange[] {
  const names = [...new Set([...olds.keys(), ...news.keys()])].sort()
  return names.flatMap((name): readonly ThingChange[] => {
    if (!olds.has(name)) return [{ kind, name, change: 'added', fields: [] }]
    if (!news.has(name)) return [{ kind, name, change: 'removed', fields: [] }]
    const fields = diffFields(olds.get(name), news.get(name), '', shown)
    return fields.length > 0 ? [{ kind, name, change: 'changed', fields }] : []
  })
}

function diffFields(before: unknown, after: unknown, field: string, shown: Things['shown']): readonly FieldChange[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isFields(before) && isFields(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    return names.flatMap(name => diffFields(before[name], after[name], field === '' ? name : `${field}.${name}`, shown))
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((each, at) => diffFields(each, after[at], `${field}[${at}]`, shown))
  return [shown(field) ? { field, before: say(before), after: say(after) } : { field }]
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const say = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
