// An order in which everything comes after what it depends on. Pure.

export interface Dependent {
  readonly id: string
  /** Ids, or prefixes of ids: `/shop` means everything below it. What is not among the things is there already. */
  readonly dependsOn: readonly string[]
}

/** Otherwise in the order given. A circle is cut where it is met: whoever runs such things has an order of their own. */
export function dependenciesFirst<T extends Dependent>(things: readonly T[]): readonly T[] {
  const done: T[] = []
  const seen = new Set<string>()
  const take = (thing: T) => {
    if (seen.has(thing.id)) return
    seen.add(thing.id)
    for (const id of thing.dependsOn)
      for (const other of things) if (other.id === id || other.id.startsWith(`${id}/`)) take(other)
    done.push(thing)
  }
  for (const thing of things) take(thing)
  return done
}
