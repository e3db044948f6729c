// The one table of exit codes, and the error that carries them: what happened, what state things are in, what to type next.

/** Every ending has one of these names; `--help` of the command and the README print this table. */
export const exitCodes = {
  BUG: { exit: 1, means: 'a fault of dcosctl' },
  USAGE: { exit: 2, means: 'wrong usage or cluster file; nothing was touched' },
  UNWELL: { exit: 3, means: 'check, verify or inspect found something that is not well' },
  NO_RESULT: { exit: 4, means: 'a backup or prune ended without its result; nothing left down, nothing half visible' },
  SKIPPED: { exit: 5, means: 'another run is at work; this one was to skip' },
  REFUSED: { exit: 10, means: 'refused before the start; nothing was changed' },
  CLAIMED: { exit: 11, means: 'another run has this cluster' },
  PAUSED_GATE: { exit: 20, means: 'paused at a gate' },
  PAUSED_STEP: { exit: 21, means: 'paused at a step that failed' },
  PAUSED_DOUBT: { exit: 22, means: 'paused in doubt: only a person can tell what a step did' },
  PAUSED_BUDGET: { exit: 23, means: 'paused: too many nodes failed' },
  PAUSED_CLAIM: { exit: 24, means: 'paused: the claim on the cluster was lost' },
  INTERRUPTED: { exit: 130, means: 'stopped at a safe point by the operator' },
} as const

export type Code = keyof typeof exitCodes

export interface Ending {
  /** The thing, the value seen and the value wanted, in one or two sentences. */
  readonly what: string
  /** What state the cluster (or the store, or the file) is in now. */
  readonly state?: string
  /** What to type or do next, a line each. */
  readonly next?: readonly string[]
  readonly cause?: unknown
}

/** An error meant for the operator. Everything else that reaches the top is a BUG. */
export class DcosctlError extends Error {
  readonly code: Code
  readonly exitCode: number
  readonly state: string | undefined
  readonly next: readonly string[]
  /** Read by oclif. */
  readonly oclif: { readonly exit: number }

  constructor(code: Code, ending: Ending) {
    super(ending.what, ending.cause === undefined ? undefined : { cause: ending.cause })
    this.name = 'DcosctlError'
    this.code = code
    this.exitCode = exitCodes[code].exit
    this.state = ending.state
    this.next = ending.next ?? []
    this.oclif = { exit: this.exitCode }
  }
}

/** The message of anything thrown, with the messages of its causes, for a sentence that ends in "because …". */
export function because(thrown: unknown): string {
  const messages: string[] = []
  for (
    let at: unknown = thrown;
    at !== undefined && messages.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const message = at instanceof Error ? at.message || at.name : String(at)
    if (message && !messages.some(said => said.includes(message))) messages.push(message)
  }
  return messages.join(': ')
}
