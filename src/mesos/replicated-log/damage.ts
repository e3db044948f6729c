// The refusal of a replicated log that cannot be trusted: which file, where in it, and what is wrong there.

/** Where something was read: a file of the directory and the byte in it at which its block or record starts. */
export interface Place {
  readonly file: string
  readonly offset: number
}

/** Thrown by every reader of this folder when bytes are missing, changed or contradict each other. No value of such a log may be used. */
export class LogDamage extends Error {
  readonly file: string
  readonly offset: number | undefined
  readonly problem: string

  /** `place` without an offset means the whole file. */
  constructor(place: { readonly file: string; readonly offset?: number }, problem: string) {
    super(`${place.file}${place.offset === undefined ? '' : `, byte ${place.offset}`}: ${problem}`)
    this.name = 'LogDamage'
    this.file = place.file
    this.offset = place.offset
    this.problem = problem
  }
}
