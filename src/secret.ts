// A value that must not be seen: it prints as *** wherever it goes, and is taken out with reveal() only where it is used.
import { inspect } from 'node:util'

/** A password, token or key. String conversion, JSON and `console.log` all give `***`; there is no enumerable property to leak. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it at the last moment, never into a message. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
