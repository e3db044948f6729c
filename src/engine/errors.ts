// The errors the engine throws or is thrown: what a performer, the claim or the journal has to say beyond "it failed".
import { because, DcosctlError } from '../errors.ts'

/** Thrown by a performer when only a person can tell what became of the step; it goes to `dcosctl run resolve`. */
export class InDoubt extends Error {
  override readonly name = 'InDoubt'
}

/** Thrown by `Hold.assertHeld`: a second operator could have the cluster. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost'
}

/** The journal can't be written: nothing was begun after it, what was down was brought back, the run goes on once it can be written again. */
export class JournalUnwritable extends DcosctlError {
  constructor(run: string, cause: unknown) {
    super('PAUSED_STEP', {
      what: `The journal of run ${run} can't be written: ${because(cause)}`,
      state: 'No step was begun after that; what the run had taken down was brought back or is said above.',
      next: ['make room (or mend the disk) under the journal', 'dcosctl run resume'],
      cause,
    })
  }
}

/** This plan, or what is asked of it, makes no sense to the engine; nothing was touched. */
export class Refused extends DcosctlError {
  constructor(what: string, next: readonly string[] = []) {
    super('REFUSED', { what, state: 'Nothing was changed.', next })
  }
}
