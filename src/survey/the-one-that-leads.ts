// Asks all at once which one leads, and does not wait for the silent ones where it has shown itself.
import { DcosctlError } from '../errors.ts'
import { sayRefusals } from './refusals.ts'

/** An election may be under way: asked again a little later there may be one. */
export class NobodyLeads extends DcosctlError {
  constructor(what: string, next: string) {
    super('REFUSED', { what, state: 'Nothing was changed.', next: [next] })
  }
}

interface Wanted<T> {
  readonly leads: (answer: T) => boolean
  /** What to say where none does: a sentence without its end. */
  readonly none: string
  readonly next: string
}

/** @throws NobodyLeads with the reasons of those that could not be asked. */
export async function theOneThatLeads<T>(asked: readonly Promise<T>[], { leads, none, next }: Wanted<T>): Promise<T> {
  const leading = asked.map(async answer => {
    const one = await answer
    if (leads(one)) return one
    throw new Error('it does not lead')
  })
  try {
    return await Promise.any(leading)
  } catch {
    const refusals = sayRefusals(await Promise.allSettled(asked))
    throw new NobodyLeads(`${none}${refusals}`, next)
  }
}
